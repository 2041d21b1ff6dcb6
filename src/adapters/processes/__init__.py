"""Processes and threads beside the one that answers: workers, the server they are forked from, helpers."""
