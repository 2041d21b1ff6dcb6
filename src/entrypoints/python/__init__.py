"""The door for programs and notebooks: ``gexlake.open``."""
