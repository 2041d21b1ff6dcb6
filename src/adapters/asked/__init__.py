"""A lake that another process has: it is asked over there."""
