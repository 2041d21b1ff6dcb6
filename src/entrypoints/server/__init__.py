"""The server as a process: how it holds a lake, who may ask it for what, and how commands beside it find it."""
