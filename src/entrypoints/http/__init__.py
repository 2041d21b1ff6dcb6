"""The HTTP API, over a lake that is open already, and the process that serves it."""
