"""The entry of ``gexlake``, which loads nothing of it: workers load what their main program does, each for itself."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    open_closed_streams()
    if sys.argv[1:2] in (["import"], ["serve"]):
        from .early_workers import start_workers_early

        start_workers_early(*sys.argv[1:])
    from .main import main as run

    run()


def open_closed_streams() -> None:
    """Let whatever is said where a stream is closed go nowhere: the next file to be opened would take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
