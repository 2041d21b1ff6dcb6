"""The entry of ``gexlake``, which loads nothing of it: workers load what their main program does, each for itself."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    if sys.argv[1:2] in (["import"], ["serve"]):
        from .early_workers import start_workers_early

        start_workers_early(*sys.argv[1:])
    from .main import main as run

    run()
