"""What stands around the app: keys, limits, logs and metrics."""
