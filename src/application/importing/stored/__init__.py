"""Snapshots of parts that are there already: loading them, telling repeats of them, writing them anew."""
