"""``python -m gexlake``: the command ``gexlake``, of the Python that is asked."""

from .entrypoints.cli.startup.start import main

if __name__ == "__main__":  # workers import this module too
    main()
