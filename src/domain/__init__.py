"""The domain: snapshots, their rules and their history; no disk, no socket, no library but pydantic."""
