"""What the use cases work on: snapshots and their ladders in Arrow columns."""
