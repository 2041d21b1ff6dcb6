"""Hides simdjson from a Python that has this folder on its path, so that gexlake takes its portable decoder."""

import sys

sys.modules["simdjson"] = None  # type: ignore[assignment]
