"""The crash sweep: dies at every crash point of every step, does the step again, compares with the undisturbed lake."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Self, get_args

from gexlake.adapters.crash_points import STATUS, CrashPoint
from support.crash_sources import write_day, write_first, write_second
from support.crash_steps import harm_database, harm_parts
from support.forks import CHANGE, Forks
from support.lake_content import lake_content, nothing_half_done
from support.stored_lake import unpack

POINTS: tuple[str, ...] = get_args(CrashPoint)
#: Which lake a step begins with: that which another one leaves, or that which one leaves when it dies at a point.
_BEFORE: dict[str, tuple[str, str] | None] = {
    "begin": None,
    "first": None,
    "replace": ("first", ""),
    "refuse": ("first", ""),
    "clear": ("replace", ""),
    "replay": ("replace", ""),
    "dismiss": ("replay", ""),
    "settle": ("first", "publish.folder-made:3"),
    "migrate": None,
    "rebuild": ("replay", ""),
    "repair": ("first", ""),
    "remove": ("replay", ""),
    "compact": ("replay", ""),
    "copy": ("replay", ""),
}
_FIRST_VERSION = Path(__file__).parents[1] / "fixtures" / "lakes" / "version-1.tar.gz"
#: Of so many changes of the disk, spread over all that a copy makes, each is died before.
_CHANGES = 8
_AT_ONCE = 2
#: Snapshots of a day.
_SIZE = 14
_TWICE = ("commit.", "publish.", "retire.")


class Case(NamedTuple):
    """A death: in this step, at this point, when it is passed for the nth time."""

    step: str
    point: str
    passing: int

    def __str__(self) -> str:
        return f"{self.step} at {self.point}:{self.passing}"


class Sweep:
    """Lakes of small histories in a folder, one for each step, and what to expect of them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self._sources = folder / "sources"
        write_day(self._sources / "day", _SIZE)
        write_first(self._sources / "first", _SIZE)
        write_second(self._sources / "second", _SIZE)
        self._idle: list[Forks] = []
        self._lock = threading.Lock()
        self.passings: dict[str, dict[str, int]] = {}
        self._expected: dict[str, dict[str, list[tuple[Any, ...]]]] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._idle = [stack.enter_context(Forks()) for _ in range(_AT_ONCE)]
            self._stack = stack.pop_all()
        for step in _BEFORE:
            self._prepare(step)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def every_point(self) -> list[Case]:
        """Give each point in the first step that passes it, the first time.

        And what follows the transaction in the last step that passes it, too, the last time; and some of the changes of
        the disk that a copy makes, for which there are no names.
        """
        found = []
        for point in POINTS:
            steps = [step for step, passings in self.passings.items() if point in passings]
            if steps:
                found.append(Case(steps[0], point, 1))
            if steps and point.startswith(_TWICE):
                found.append(Case(steps[-1], point, self.passings[steps[-1]][point]))
        changes = self.passings["copy"][CHANGE]
        spread = {1 + place * (changes - 1) // (_CHANGES - 1) for place in range(_CHANGES)}
        return [*dict.fromkeys(found), *(Case("copy", CHANGE, number) for number in sorted(spread))]

    def every_passing(self) -> list[Case]:
        """Give each point in each step, each time that it is passed."""
        return [
            Case(step, point, passing)
            for step, passings in self.passings.items()
            for point, times in passings.items()
            if point != CHANGE or step == "copy"
            for passing in range(1, times + 1)
        ]

    def run(self, cases: Iterable[Case]) -> list[str]:
        """Die, do it again, compare; give a line for each case that went wrong."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            verdicts = pool.map(self._one, cases)
            return [verdict for verdict in verdicts if verdict]

    def _prepare(self, step: str) -> None:
        """Do a step without dying, for what it leaves and which points it passes."""
        forks, lake, sources = self._idle[0], self._lake(step), self._sources
        self._begin(step, lake)
        if (before := _BEFORE[step]) is not None and before[1]:
            assert forks.kill_at(before[1], _done_by(step), lake, sources) == STATUS
            shutil.copytree(lake, self._lake(step, "undone"))
        self.passings[step] = forks.passings(_done_by(step), lake, sources)
        self._expected[step] = lake_content(lake)

    def _lake(self, step: str, which: str = "whole") -> Path:
        return self._folder / which / step

    def _begin(self, step: str, lake: Path) -> None:
        """Lay out the lake that a step begins with."""
        before = _BEFORE[step]
        undone = self._lake(step, "undone")
        if undone.exists():
            shutil.copytree(undone, lake)
        elif before is not None:
            shutil.copytree(self._lake(before[0]), lake)
        if step == "migrate":
            with tempfile.TemporaryDirectory(dir=self._folder) as made:
                shutil.copytree(unpack(_FIRST_VERSION, Path(made)), lake)
        elif step == "repair":
            harm_parts(lake)
        elif step == "rebuild":
            harm_database(lake)

    def _one(self, case: Case) -> str:
        with self._lock:
            forks, number = self._idle.pop(), next(self._numbers)
        lake = self._folder / "cases" / str(number)
        try:
            self._begin(case.step, lake)
            step = _done_by(case.step)
            if forks.kill_at(f"{case.point}:{case.passing}", step, lake, self._sources) != STATUS:
                return f"{case}: it did not die"
            if forks.finish(step, lake, self._sources) != 0:
                return f"{case}: doing it again failed, or verify did"
            found, expected = lake_content(lake), self._expected[case.step]
            wrong = [name for name, rows in expected.items() if found[name] != rows]
            if wrong:
                return f"{case}: other {', '.join(wrong)} than without dying"
            return "" if nothing_half_done(lake) else f"{case}: something is half done"
        finally:
            with self._lock:
                self._idle.append(forks)
            for left in lake.parent.glob(f"*{lake.name}*"):
                if left.name.strip(".").split(".")[0] == lake.name:
                    shutil.rmtree(left, ignore_errors=True)


def _done_by(step: str) -> str:
    """Name the function of a step: to settle, one does again what was killed."""
    return "replace" if step == "settle" else step
