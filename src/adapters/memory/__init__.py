"""The ports in memory: for tests, demonstrations and trying out; nothing outlives the process."""
