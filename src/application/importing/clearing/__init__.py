"""What is taken out before a source is read again, and what follows from that."""
