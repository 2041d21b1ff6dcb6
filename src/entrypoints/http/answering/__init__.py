"""How answers are made into bytes, remembered, and sent: at once, in a thread, or while they are read."""
