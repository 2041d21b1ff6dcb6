"""The use cases and the ports they speak to; no disk, no socket, no driver."""
