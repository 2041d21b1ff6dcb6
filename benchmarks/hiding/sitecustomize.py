"""Hides modules from a Python that has this folder on its path, so that gexlake does without them."""

import os
import sys

for name in os.environ["HIDDEN_MODULES"].split(","):
    sys.modules[name] = None  # type: ignore[assignment]
