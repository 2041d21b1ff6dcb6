"""From the start of the program to the module of the command that was called; nothing is loaded before it is needed."""
