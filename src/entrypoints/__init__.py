"""The ways in, each in a room of its own; the wiring, and how lakes are opened, that they share."""
