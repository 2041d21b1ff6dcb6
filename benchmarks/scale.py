"""Whether size matters: time a day, archives that have not changed, thousands of small files, memory, the start."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from data import GEXLAKE, History, join_days, warm
from figures import figure
from measure import measure
from race import measured_import
from sizes import Setup

_STARTS = 7


def run(setup: Setup) -> dict[str, Any]:
    """Measure everything that must not grow, or hardly."""
    parts: dict[str, Callable[[Setup], Any]] = {
        "days": _days,
        "unchanged": partial(_again, "unchanged"),
        "small_files": partial(_again, "small_files"),
        "memory": _memory,
        "start": _start,
    }
    found = {}
    for name, part in parts.items():
        print(f"  {name}", file=sys.stderr, flush=True)
        found[name] = part(setup)
    return found


def _days(setup: Setup) -> dict[str, Any]:
    """Import 1, 2, 4 … days; the rounds go through all sizes."""
    longest = replace(setup.size.archive, days=max(setup.size.scale_days))
    files = longest.files(setup.work)
    warm(files)
    rounds: dict[int, list[dict[str, Any]]] = {count: [] for count in setup.size.scale_days}
    for _ in range(setup.size.runs):
        for count, found in rounds.items():
            source = _linked(files[-count:], setup)
            found.append(measured_import(source, _fresh_lake(setup)))
    return {
        str(count): {
            "seconds_a_day": figure(one["seconds"] / count for one in found),
            "tree_mib": figure(one["tree_mib"] for one in found),
            "process_mib": figure(one["process_mib"] for one in found),
            "worker_mib": figure(one["worker_mib"] for one in found),
        }
        for count, found in rounds.items()
    }


def _again(name: str, setup: Setup) -> dict[str, Any]:
    """Import an archive, and then again though nothing has changed: one of day files, or thousands of small ones."""
    history: History = getattr(setup.size, name)
    source = history.make(setup.work)
    files = len(history.files(setup.work))
    lake = _fresh_lake(setup)
    first = measured_import(source, lake)
    rounds = [measured_import(source, lake) for _ in range(setup.size.runs)]
    assert all(one["files"]["unchanged"] == files for one in rounds), rounds
    return {
        "files": files,
        "rows": first["rows"],
        "first_seconds": figure([first["seconds"]]),
        "again_seconds": figure(one["seconds"] for one in rounds),
        "again_cpu_seconds": figure(one["cpu_seconds"] for one in rounds),
    }


def _memory(setup: Setup) -> list[dict[str, Any]]:
    """Import ever larger files with one worker, and see what memory that takes."""
    found = []
    for snapshots, days in setup.size.memory_snapshots:
        history = replace(setup.size.archive, days=days, snapshots=snapshots or setup.size.archive.snapshots)
        name = f"joined-{history.name}_classic_gex_zero.json"
        source = join_days(history.files(setup.work), setup.work / "history" / "joined" / name)
        size = warm([source])
        rounds = [measured_import(source, _fresh_lake(setup), "--workers", "1") for _ in range(setup.size.runs)]
        found.append(
            {
                "bytes": size,
                "rows": rounds[0]["rows"],
                "process_mib": figure(one["process_mib"] for one in rounds),
                "worker_mib": figure(one["worker_mib"] for one in rounds),
                "tree_mib": figure(one["tree_mib"] for one in rounds),
                "seconds": figure(one["seconds"] for one in rounds),
            }
        )
    return found


def _start(_: Setup) -> dict[str, Any]:
    """Start the command to show its help."""
    rounds = [measure([GEXLAKE, "--help"]) for _ in range(_STARTS)]
    return {
        "help_seconds": figure(one.seconds for one in rounds),
        "help_cpu_seconds": figure(one.cpu_seconds for one in rounds),
    }


def _linked(files: list[Path], setup: Setup) -> Path:
    """Make a folder of hard links to some files."""
    folder = setup.scratch("days")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        os.link(file, folder / file.name)
    return folder


def _fresh_lake(setup: Setup) -> Path:
    lake = setup.scratch("lake")
    shutil.rmtree(lake, ignore_errors=True)
    lake.parent.mkdir(parents=True, exist_ok=True)
    return lake
