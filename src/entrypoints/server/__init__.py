"""A server as commands beside it see it: where it is, and what may be asked of it."""
