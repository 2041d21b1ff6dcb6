"""The shapes in which answers leave, whichever way they were asked for."""
