"""Steps in processes of their own that may die, forked from one that has imported everything: milliseconds each."""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gexlake.adapters.crash_points import STATUS, VARIABLE, reached
from support import crash_steps
from support.forker import Forker
from support.loading import load_all

#: The point at which there is no name: right before Python changes the disk, ``change:3`` for the third time.
CHANGE = "change"
_CHANGING = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "shutil.copyfile"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Forks(Forker):
    """Does the steps of ``crash_steps`` in forks."""

    def __init__(self) -> None:
        super().__init__("support.forks")

    def kill_at(self, armed: str, step: str, lake: Path, sources: Path) -> int:
        """Do a step with a crash point armed; give the exit status."""
        return int(self._asked("armed", armed=armed, step=step, lake=str(lake), sources=str(sources)))

    def finish(self, step: str, lake: Path, sources: Path) -> int:
        """Do a step, and verify the lake; give the exit status."""
        return int(self._asked("whole", step=step, lake=str(lake), sources=str(sources)))

    def passings(self, step: str, lake: Path, sources: Path) -> dict[str, int]:
        """Do a step; count how often it passes each crash point."""
        counts = self._asked("counted", step=step, lake=str(lake), sources=str(sources))
        assert isinstance(counts, dict), counts
        return counts

    def _asked(self, how: str, **job: str) -> Any:
        return self.ask({"how": how, **job})


def _counted(step: crash_steps.Step, lake: Path, sources: Path) -> dict[str, int]:
    """Do a step under a profiler that sees every call of ``reached``."""
    counts: dict[str, int] = {}

    def look(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code is reached.__code__:
            point = frame.f_locals["point"]
            counts[point] = counts.get(point, 0) + 1

    changes = 0

    def change() -> None:
        nonlocal changes
        changes += 1

    _at_changes(change)
    sys.setprofile(look)
    step(lake, sources)
    sys.setprofile(None)
    return counts | {CHANGE: changes}


def _at_changes(then: Callable[[], None]) -> None:
    """Have something done right before Python changes what is on the disk; there is no way back."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGING or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING):
            then()

    sys.addaudithook(hear)


def _die_at(number: int) -> None:
    """Die before the nth change of the disk."""
    left = number

    def count_down() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(STATUS)

    _at_changes(count_down)


def _do(job: dict[str, str]) -> dict[str, int] | None:
    step, lake, sources = crash_steps.STEPS[job["step"]], Path(job["lake"]), Path(job["sources"])
    if job["how"] == "counted":
        return _counted(step, lake, sources)
    point, _, passing = job.get("armed", "").partition(":")
    if point == CHANGE:
        _die_at(int(passing))
    elif point:
        os.environ[VARIABLE] = job["armed"]
    step(lake, sources)
    if job["how"] == "whole":
        crash_steps.check(lake)
    return None


def _fork(job: dict[str, str]) -> Any:
    """Do a job in a child; give what it says, or else its exit status."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(_do(job)).encode())
        except BaseException:  # noqa: BLE001  # it must not go on in the parent's loop
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as end:
        said = json.loads(end.read() or b"null")
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if said is None else said


if __name__ == "__main__":
    load_all()
    gc.freeze()  # no child looks for garbage in what was loaded, which would copy all of it
    for line in sys.stdin:
        print(json.dumps(_fork(json.loads(line))), flush=True)
