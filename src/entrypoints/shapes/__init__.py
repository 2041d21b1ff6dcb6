"""The shapes in which answers and errors leave, whichever way they were asked for."""
