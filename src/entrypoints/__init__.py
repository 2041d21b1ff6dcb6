"""The ways in: settings, wiring, the command line."""
