"""The HTTP API: one router a module, over a lake that is open already."""
