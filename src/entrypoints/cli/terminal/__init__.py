"""What stands on a terminal: tables, pictures, progress, and how numbers read."""
