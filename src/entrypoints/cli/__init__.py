"""The command line: what all commands share; each has a module in ``commands``."""
