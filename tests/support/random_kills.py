"""Kills at random moments: a real ``gexlake`` with workers dies, is started again, dies; its lake is compared."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.attached import database_of
from support.commands import Begun, Commands
from support.crash_sources import write_blanks, write_first, write_second
from support.crash_steps import check
from support.lake_content import lake_content, nothing_half_done
from support.server import COMMAND

Content = dict[str, list[tuple[Any, ...]]]
Process = subprocess.Popen[str] | Begun
#: What a lake goes through, in this order; the words of the command and whether doing it twice is something else.
STEPS = {
    "import": ("import", "first", "--progress", "none"),
    "replace": ("import", "second", "--progress", "none", "--on-conflict", "replace"),
    "clear": ("import", "first", "--progress", "none", "--clear-existing", "--yes"),
    "replay": ("rejects", "replay", "--reason", "conflict", "--on-conflict", "replace"),
    "rebuild": ("rebuild",),
}
#: A command that changes nothing; like any other it first finishes what a killed one has left half done.
_LOOKING = "runs"
VICTIMS = ("parent", "group")
#: Until it opens the lake a command only starts up; most kills come later.
_EARLY_KILLS = 0.1
#: A worker is killed within so many seconds of its start.
_WORKING = 0.3
#: How often a process is looked at, in seconds; for its workers all processes there are must be looked at.
_LOOK, _LOOK_FOR_WORKERS = 0.002, 0.02
#: Ends as they should be: all went in, some of it did not, a worker died twice over one file.
_ENDED = (0, 1, 3)


@dataclass
class Report:
    """What was killed and what came of it."""

    kills: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    survived_workers: int = 0
    restarts: int = 0
    compared: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Write the report for people."""
        parts = [
            ("kills", f"{self.kills.total()} ({_listed(self.kills)})"),
            ("killed while it was", _listed(self.phases)),
            ("killed in the step", _listed(self.steps)),
            ("imports that lost a worker and ended", self.survived_workers),
            ("restarts", self.restarts),
            ("lakes compared, row by row", self.compared),
            ("rows lost", self.lost),
            ("rows doubled or foreign", self.doubled),
            *(("WRONG", line) for line in self.wrong),
        ]
        return "\n".join(f"{name:38} {value}" for name, value in parts)


class RandomKills:
    """Lakes in a folder that are killed at moments which the seed chooses, beside one that nobody disturbs.

    It is forked by ``commands`` if they are given, which takes milliseconds, and else loads everything anew.
    """

    def __init__(self, folder: Path, seed: int, size: int = 150, commands: Commands | None = None) -> None:
        self._folder, self._chance, self.report = folder, random.Random(seed), Report()  # noqa: S311  # moments, no keys
        self._commands = commands
        sources = folder / "sources"
        for name, write in (("first", write_first), ("second", write_second)):
            write(sources / name, size)
            write_blanks(sources / name)
        #: How long each step takes to open the lake, and how long it has it.
        self._opening: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._expected: dict[str, Content] = {}
        lake = folder / "undisturbed"
        for step in STEPS:
            began = time.monotonic()
            process = self._start(step, lake)
            _await_opening(process, lake)
            opened = last = time.monotonic()
            while process.poll() is None:
                last = time.monotonic() if _holds(process.pid, lake) else last
                time.sleep(_LOOK)
            said = process.communicate()[1]
            self._opening[step], self._seconds[step] = opened - began, last - opened
            if process.returncode not in (0, 1):
                raise AssertionError(said)
            self._expected[step] = _content(lake)

    def run(self, kills: int, each: int) -> Report:
        """Kill so often in all; at most ``each`` times in one step of one lake."""
        number = 0
        while self.report.kills.total() < kills:
            lake = self._folder / f"lake-{number}"
            number += 1
            for step in STEPS:
                if (left := kills - self.report.kills.total()) <= 0:
                    break
                for nth in range(min(each, left)):
                    # An import outlives its worker, and is done then: so that comes last.
                    if self._killed(step, lake, "worker" if nth == each - 1 else self._chance.choice(VICTIMS)):
                        break
                self._finish(step, lake)
                self._compare(step, lake)
            shutil.rmtree(lake)
        return self.report

    def _start(self, step: str, lake: Path) -> Process:
        command, *words = STEPS.get(step, (step,))
        if command == "import":
            words = [str(self._folder / "sources" / words[0]), *words[1:], "--workers", "2"]
        words = [command, *words, "--lake", str(lake)]
        if self._commands is not None:
            return self._commands.begin(*words)
        return subprocess.Popen(
            [*COMMAND, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _killed(self, step: str, lake: Path, victim: str) -> bool:
        """Do a step and kill it on the way; say whether it came to its end all the same."""
        if _over(step, lake):
            return True
        if STEPS[step][0] != "import":
            victim = "parent"
        early = self._chance.random() < _EARLY_KILLS
        moment = self._chance.uniform(0, (self._opening if early else self._seconds)[step])
        process = self._start(step, lake)
        if victim == "worker":
            await_worker(process)
            moment = self._chance.uniform(0, _WORKING)
        elif not early:
            _await_opening(process, lake)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        if process.poll() is not None:
            process.communicate()
            return True  # quicker than the one that was measured
        if not _kill(process.pid, victim):
            _kill(process.pid, victim := "parent")
        said = process.communicate()[1]
        self.report.kills[victim] += 1
        self.report.steps[step] += 1
        if process.returncode == -signal.SIGKILL:
            self.report.restarts += 1
            self.report.phases[_phase(lake)] += 1
            return False
        self.report.survived_workers += 1
        self.report.phases["losing a worker"] += 1
        if process.returncode not in _ENDED or "Traceback" in said:
            self.report.wrong.append(f"{step} without a worker ended with {process.returncode}: {said}")
        return process.returncode == 0

    def _finish(self, step: str, lake: Path) -> None:
        """Do a step to its end, as one does who finds it unfinished; a replay that is in needs only a next command."""
        step = _LOOKING if _over(step, lake) else step
        process = self._start(step, lake)
        said = process.communicate()[1]
        if process.returncode not in (0, 1):
            self.report.wrong.append(f"{step}, after the kills, ended with {process.returncode}: {said}")

    def _compare(self, step: str, lake: Path) -> None:
        found = _content(lake)
        self.report.compared += 1
        for name, rows in self._expected[step].items():
            expected, there = Counter(map(repr, rows)), Counter(map(repr, found[name]))
            lost, more = expected - there, there - expected
            self.report.lost += lost.total()
            self.report.doubled += more.total()
            for what, some in (("lacks", lost), ("has more", more)):
                if some:
                    row = next(iter(some))[:300]
                    self.report.wrong.append(f"after {step}, {lake.name} {what} {some.total()} {name}, as {row}")
        if not nothing_half_done(lake):
            self.report.wrong.append(f"after {step}, something is half done in {lake.name}")
        try:
            check(lake)
        except AssertionError as off:
            self.report.wrong.append(f"after {step}, verify of {lake.name} says {off}")


def _content(lake: Path) -> Content:
    """Give what a lake holds, without readings that failed for want of a worker and were done again."""
    content = lake_content(lake)
    content["lineage"] = [row for row in content["lineage"] if "failed" not in row]
    return content


def _over(step: str, lake: Path) -> bool:
    """Whether a step is in already and would be another one if it were done again: a second replay turns it round."""
    if step != "replay":
        return False
    return any("replay" in json.loads(options) for options in _asked(lake, "select options from import_runs"))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common()) or "-"


def _asked(lake: Path, query: str) -> list[Any]:
    with database_of(lake) as database:
        return [value for (value,) in database.execute(query).fetchall()]


def _phase(lake: Path) -> str:
    """Say what a dead process was at, by what it has left."""
    if not (lake / "gex.duckdb").exists():
        return "making the lake"
    if (lake / "gex.duckdb.rebuilding").exists():
        return "rebuilding"
    staged = {path.name for path in (lake / "staging").iterdir()} if (lake / "staging").exists() else set()
    if _asked(lake, "select name from retired_parts") or staged & set(_asked(lake, "select unit from parts")):
        return "publishing"
    if staged:
        return "staging or committing"
    return "between units" if any(_asked(lake, "select status = 'running' from import_runs")) else "opening or closing"


def _kill(pid: int, victim: str) -> bool:
    """Kill the process, its whole group, or one of its workers; say whether there was one."""
    if victim == "group":
        os.killpg(pid, signal.SIGKILL)
    elif victim == "parent":
        os.kill(pid, signal.SIGKILL)
    else:
        if not (workers := workers_of(pid)):
            return False
        with suppress(ProcessLookupError):
            os.kill(workers[0], signal.SIGKILL)
    return True


def workers_of(pid: int) -> list[int]:
    """Give the workers of an import: they are forked from a server, which is a child of the process."""
    parents = {int(path.parent.name): _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}
    return [child for child, parent in parents.items() if parents.get(parent) == pid]


def await_worker(process: Process) -> None:
    """Wait until a process has a worker, or has ended."""
    while process.poll() is None and not workers_of(process.pid):
        time.sleep(_LOOK_FOR_WORKERS)


def _await_opening(process: Process, lake: Path) -> None:
    """Wait until a process has the lake's database open, or has ended."""
    while process.poll() is None and not _holds(process.pid, lake):
        time.sleep(_LOOK)


def _holds(pid: int, lake: Path) -> bool:
    """Whether a process has the database open, or one in the making, whose name begins with the same."""
    name = str(lake / "gex.duckdb")
    with suppress(OSError):  # it ends, or closes a file, while we look
        for link in Path("/proc", str(pid), "fd").iterdir():
            with suppress(OSError):
                if str(link.readlink()).startswith(name):
                    return True
    return False


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0  # gone meanwhile
