"""In the one writer: what a unit says against what is stored, and its commit."""
