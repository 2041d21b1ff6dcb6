"""Runs the benchmarks: ``make bench``, ``make bench-full``, ``make bench ARGS="--tiny --only imports"``."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import encodings_of_ladders
import portable
import programs
import queries
import race
import repeats
import report
import scale
from data import need_room
from machine import ROOT, circumstances, state
from measure import adopt_orphans, end_descendants
from sizes import SIZES, Setup

_HERE = Path(__file__).parent
PARTS: dict[str, Callable[[Setup], dict[str, Any]]] = {
    "imports": race.run,
    "forms": portable.run,
    "repeats": repeats.run,
    "encodings": encodings_of_ladders.run,
    "scale": scale.run,
    "queries": queries.run,
    "programs": programs.run,
}


def main() -> None:
    """Measure what the arguments ask for, write results.json, and then the report from it."""
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    size = SIZES["full" if options.full else "tiny" if options.tiny else "quick"]
    size = replace(size, runs=options.runs or size.runs)
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    need_room(work, size.gigabytes)
    adopt_orphans()
    # A tiny run shows that the programs work; its figures mean nothing and do not belong in a report.
    out = options.out or {"tiny": work, "quick": _HERE, "full": _HERE / "full"}[size.name]
    out.mkdir(parents=True, exist_ok=True)
    peers, missing = _peers(options.peers)
    setup = Setup(size, work, options.peers, missing)
    results = _kept(out / "results.json", size.name)
    machine = circumstances(peers)
    try:
        for part in options.only:
            print(f"{part} ({size.name})", file=sys.stderr, flush=True)
            measured = state()  # before its own results change the checkout
            results[part] = PARTS[part](setup)
            results["measured"][part] = measured | {"circumstances": machine}
            # After each part: what was measured stays, though the next one may fail.
            (out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        end_descendants()
        shutil.rmtree(work / "scratch", ignore_errors=True)
    report.write(out)
    print(out / "README.md")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    how_much = parser.add_mutually_exclusive_group()
    how_much.add_argument("--full", action="store_true", help="the size of the whole archive")
    how_much.add_argument("--tiny", action="store_true", help="next to nothing: does every program work?")
    parser.add_argument("--runs", type=int, help="how often each thing is measured, if not as often as is usual")
    parser.add_argument("--only", type=_parts, default=list(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench", help="where data and outputs go")
    parser.add_argument("--out", type=Path, help="where results.json and the report go")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-bench/bin/python", help="the Python that has chdb")
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there are only {', '.join(PARTS)}")
    return parts


def _stop(*_: object) -> NoReturn:
    """Stop as on Ctrl-C, so that everything that was begun is ended."""
    raise KeyboardInterrupt


def _peers(python: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give the versions of the peers that are there, and the reasons why others are not."""
    versions, missing = {}, {}
    if find_spec("simdjson") is None:
        missing["simdjson"] = "pysimdjson has no wheel for this Python"
    ask = [str(python), "-c", "import chdb; print(chdb.__version__, chdb.engine_version)"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False) if python.exists() else None
    if answer is not None and answer.returncode == 0:
        package, engine = answer.stdout.split()
        versions = {"chdb": package, "ClickHouse": engine}
    else:
        missing["chdb"] = "chdb is not installed: `make bench` sets it up where there is a wheel for this Python"
    return versions, missing


def _kept(path: Path, size: str) -> dict[str, Any]:
    """Begin results; parts that were measured before at this size are kept, whichever the commit and the machine."""
    before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return before if before.get("size") == size else {"size": size, "measured": {}}


if __name__ == "__main__":
    main()
