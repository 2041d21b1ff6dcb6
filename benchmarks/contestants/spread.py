"""What the contestants that read one file a process have in common."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple


class Rows(NamedTuple):
    """How many rows of each kind were written."""

    snapshots: int
    strikes: int


def history(source: Path) -> list[Path]:
    """Find the files of a source, the largest first, as an importer would do that wants to end early."""
    return sorted(source.rglob("*.json"), key=lambda file: -file.stat().st_size)


def spread(convert: Callable[[Path, Path], Rows]) -> None:
    """Convert the files of the folder that the first argument names, one process a core, into that of the second."""
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    files = history(source)
    workers = min(len(os.sched_getaffinity(0)), len(files))
    # Fresh interpreters: engines with threads of their own do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(convert, files, [out] * len(files)))
    tell(Rows(*map(sum, zip(*found, strict=True))), out)


def tell(rows: Rows, out: Path, **more: object) -> None:
    """Print what was written, for the race to check."""
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(json.dumps(rows._asdict() | {"bytes_written": size} | more))
