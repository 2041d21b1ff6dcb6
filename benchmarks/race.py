"""The import race: the real command with everything on, beside other ways, on the same files in the same run."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import GEXLAKE, warm
from figures import figure, ratio
from machine import cores
from measure import Measured, measure
from sizes import Setup

PRODUCT = "gexlake"
_PROGRAMS = Path(__file__).with_name("contestants")


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to import, and what there is to know of it. ``program`` is None for the product."""

    name: str
    program: str | None
    note: str
    peer: str | None = None
    options: tuple[str, ...] = ()


CONTESTANTS = (
    Contestant(PRODUCT, None, "`gexlake import`, everything on: rules, repeats, lineage, checksums, both stores"),
    Contestant("predecessor", "predecessor.py", "DuckDB: `read_json_auto`, both tables, sorted zstd Parquet"),
    Contestant("best DuckDB", "pure_duckdb.py", "columns said in advance, Parquet only, one process a core"),
    Contestant("chdb", "clickhouse.py", "ClickHouse in process, ladders to Parquet only, one process a core", "chdb"),
    Contestant("Polars", "polars_way.py", "whole files, Parquet only, one process a core"),
    Contestant("obvious", "obvious.py", "a pydantic model a record, `executemany`; a sample, scaled"),
    Contestant(
        "floor",
        "floor.py",
        "parsing and encoding alone, one file after the other, divided by the cores",
        "simdjson",
        ("1",),
    ),
    Contestant("floor at once", "floor.py", "the same with every core at work at once", "simdjson", (str(cores()),)),
)


def run(setup: Setup) -> dict[str, Any]:
    """Let all contestants import the archive, one after the other, so many times.

    Raises:
        AssertionError: a contestant wrote another number of rows than the product.
    """
    source = setup.size.archive.make(setup.work)
    size = warm(setup.size.archive.files(setup.work))
    starters = [contestant for contestant in CONTESTANTS if contestant.peer not in setup.missing]
    rounds: dict[str, list[dict[str, Any]]] = {contestant.name: [] for contestant in starters}
    for number in range(setup.size.runs):
        for contestant in starters:
            print(f"  round {number + 1}: {contestant.name}", file=sys.stderr, flush=True)
            rounds[contestant.name].append(_import(contestant, source, setup))
    expected = rounds[PRODUCT][0]["rows"]
    for name, found in rounds.items():
        for one in found:
            assert one["rows"] == expected, f"{name} wrote {one['rows']}, gexlake {expected}"
    ours = [one["seconds"] for one in rounds[PRODUCT]]
    table = {name: _summary(found, ours) for name, found in rounds.items()}
    for contestant in CONTESTANTS:
        if contestant.peer in setup.missing:
            table[contestant.name] = {"missing": setup.missing[contestant.peer]}
        table[contestant.name]["note"] = contestant.note
    return {
        "files": setup.size.archive.days,
        "bytes": size,
        "rows": expected,
        "cores": cores(),
        "contestants": table,
    }


def _import(contestant: Contestant, source: Path, setup: Setup) -> dict[str, Any]:
    """Measure one import into a fresh folder, which is removed."""
    out = setup.scratch("race")
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        if contestant.program is None:
            return measured_import(source, out)
        python = setup.peers if contestant.peer == "chdb" else Path(sys.executable)
        taken = measure([python, _PROGRAMS / contestant.program, source, out, *contestant.options])
    finally:
        shutil.rmtree(out, ignore_errors=True)
    told = json.loads(taken.output)
    more = {key: told[key] for key in ("sampled", "parsing", "encoding") if key in told}
    figures = taken.figures() | more | {"bytes_written": told["bytes_written"]}
    if "seconds" in told:  # it was not measured whole
        figures |= {"seconds": told["seconds"], "cpu_seconds": None}
    return figures | {"rows": [told["snapshots"], told["strikes"]]}


def measured_import(source: Path, lake: Path, *options: str, **environment: str) -> dict[str, Any]:
    """Measure ``gexlake import`` of a source; give the figures with the rows that it says went in."""
    taken: Measured = measure(
        [GEXLAKE, "import", source, "--lake", lake, "--json", "--progress", "none", *options], environment
    )
    told = json.loads(taken.output)
    assert told["status"] == "success", told
    size = sum(path.stat().st_size for path in lake.rglob("*") if path.is_file())
    rows = [told["snapshots"]["accepted"], told["strikes"]["accepted"]]
    return taken.figures() | {"rows": rows, "bytes_written": size, "files": told["files"]}


def _summary(found: list[dict[str, Any]], ours: list[float]) -> dict[str, Any]:
    """Put the rounds of one contestant together."""
    keys = ("seconds", "cpu_seconds", "tree_mib", "process_mib", "bytes_written", "parsing", "encoding")
    whole = {key: figure(one[key] for one in found) for key in keys if found[0].get(key) is not None}
    times = ratio(ours, [one["seconds"] for one in found])
    return whole | {"times_gexlake": times} | {key: found[0][key] for key in ("sampled",) if key in found[0]}
