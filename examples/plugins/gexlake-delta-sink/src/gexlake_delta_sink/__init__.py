"""Keeps the ladders of a gexlake lake in Delta Lake tables."""
