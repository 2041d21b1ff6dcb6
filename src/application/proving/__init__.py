"""Proving: that nothing is lost, that all stores agree, and that sources still say what the lake holds."""
