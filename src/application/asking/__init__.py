"""Asking: what a lake holds, at a moment, through time, as of many moments, and what it lacks."""
