"""The ports: what the use cases need from the world, one port a file."""
