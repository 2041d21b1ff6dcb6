"""Kills imports, hundreds of times, and tells what was lost: ``make crashtest ARGS="--kills 220 --seed 7"``.

First every crash point at each of its passings (unless --no-sweep), then random SIGKILLs at parent, process group and
workers of the real command. The exit status is 1 if anything is not as in an undisturbed lake.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from support.crash_sweep import POINTS, Sweep
from support.random_kills import RandomKills


def main() -> int:
    """Sweep, kill, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=220, help="random kills [%(default)s]")
    parser.add_argument("--each", type=int, default=6, help="of them at most in one step of one lake [%(default)s]")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="chooses the moments [the time]")
    parser.add_argument("--size", type=int, default=150, help="snapshots of a file [%(default)s]")
    parser.add_argument("--no-sweep", action="store_true", help="only random kills")
    parser.add_argument("--folder", type=Path, help="where the lakes lie [a temporary folder]")
    asked = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(dir=asked.folder, prefix="gexlake-crashtest-") as made:
        if not asked.no_sweep:
            with Sweep(Path(made) / "sweep") as sweep:
                cases = sweep.every_passing()
                complaints = sweep.run(cases)
            print(f"{'crash points':38} {len({case.point for case in cases})} of {len(POINTS)}")
            print(f"{'deaths at them, each passing':38} {len(cases)}")
            print(f"{'lakes that differ after it':38} {len(complaints)}")
            print(*complaints, sep="\n", end="", flush=True)
            wrong += len(complaints)
        print(f"{'seed':38} {asked.seed}", flush=True)
        report = RandomKills(Path(made), asked.seed, asked.size).run(asked.kills, asked.each)
        print(report)
        wrong += len(report.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
