"""What repeats cost: a day that a lake holds already, as duplicates, as rounding twins, and in conflict throughout."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from data import GEXLAKE, warm
from figures import figure, ratio
from lakes import copy_lake
from measure import measure
from portable import PLAIN, source_of
from race import measured_import
from sizes import Setup

FIRST = "the first time"
#: The day once more in other words, and what each snapshot of it is then counted as.
_AGAIN = {"spaced": "duplicates", "coarser": "rounding_twins", "another spot": "conflicts"}


def run(setup: Setup) -> dict[str, Any]:
    """Import a day into an empty lake, and its repeats into copies of that, one after the other, so many times."""
    sources = {FIRST: source_of(PLAIN, setup), **{form: source_of(form, setup) for form in _AGAIN}}
    warm(list(sources.values()))
    holding = setup.scratch("holding")
    shutil.rmtree(holding, ignore_errors=True)
    measured_import(sources[FIRST], holding)
    rounds: dict[str, list[dict[str, Any]]] = {FIRST: [], **{kind: [] for kind in _AGAIN.values()}}
    for number in range(setup.size.runs):
        for form, source in sources.items():
            kind = _AGAIN.get(form, FIRST)
            print(f"  round {number + 1}: {kind}", file=sys.stderr, flush=True)
            rounds[kind].append(_import(source, kind, holding, setup))
    shutil.rmtree(holding)
    first = [one["seconds"] for one in rounds[FIRST]]
    return {
        kind: {
            **{key: figure(one[key] for one in found) for key in ("seconds", "cpu_seconds", "process_mib")},
            "times_first": ratio(first, [one["seconds"] for one in found]),
        }
        for kind, found in rounds.items()
    }


def _import(source: Path, kind: str, holding: Path, setup: Setup) -> dict[str, Any]:
    lake = setup.scratch("repeats")
    shutil.rmtree(lake, ignore_errors=True)
    if kind != FIRST:
        copy_lake(holding, lake)
    command = [GEXLAKE, "import", source, "--lake", lake, "--json", "--progress", "none", "--max-error-rate", "1"]
    taken = measure(command)
    counts = json.loads(taken.output)["snapshots"]
    # Now and then a sum has no more than three decimals, and rounding it changes nothing.
    counted = counts["accepted"] if kind == FIRST else counts[kind]
    assert counts["read"] * 0.99 < counted <= counts["read"], counts
    return taken.figures()
