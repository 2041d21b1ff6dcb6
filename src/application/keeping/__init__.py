"""Keeping a lake in order: mending, removing, compacting, replaying, and copying it."""
