"""Makes the history that is measured, with ``gexlake synth``, once; what is there is used again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from machine import cores
from measure import CommandFailed, end_session

from gexlake.adapters.synthetic.generate import DEFAULT_END
from gexlake.adapters.synthetic.sessions import last_sessions

GEXLAKE = Path(sys.executable).with_name("gexlake")
#: So many snapshots are made in the time that another process takes to start.
_WORTH_A_PROCESS = 2_000


@dataclass(frozen=True, slots=True)
class History:
    """Days of a feed as ``gexlake synth`` makes them; ``snapshots`` is how many a day, one a second if None."""

    days: int
    ticker: str = "NQ_NDX"
    snapshots: int | None = None
    strikes: int = 99
    form: str = "array"
    end: date = DEFAULT_END

    @property
    def name(self) -> str:
        """Name its folder."""
        count = self.snapshots or "all"
        return f"{self.ticker}-{self.form}-{self.days}x{count}x{self.strikes}-{self.end}"

    def make(self, work: Path) -> Path:
        """Give its folder within ``work``, made if it is not there; several processes write different days."""
        folder = work / "history" / self.name
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            days = [session.day for session in last_sessions(self.end, self.days)]
            share = max(-(-len(days) // cores()), _WORTH_A_PROCESS // (self.snapshots or _WORTH_A_PROCESS))
            together([self._command(unfinished, days[at : at + share]) for at in range(0, len(days), share)])
            unfinished.rename(folder)
        return folder

    def files(self, work: Path) -> list[Path]:
        """Give its files, oldest first."""
        return sorted(path for path in self.make(work).rglob("*") if path.is_file())

    def _command(self, out: Path, days: Sequence[date]) -> list[str]:
        words = [GEXLAKE, "synth", out, "--days", len(days), "--end", days[-1], "--ticker", self.ticker]
        words += ["--strikes", self.strikes, "--form", self.form]
        words += ["--snapshots", self.snapshots] if self.snapshots else []
        return [str(word) for word in words]


def together(commands: Sequence[Sequence[str]]) -> None:
    """Run commands side by side to their ends; whatever ends this function, none is left.

    Raises:
        CommandFailed: one ended with another status than 0.
    """
    processes = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for command in commands
    ]
    try:
        for process, command in zip(processes, commands, strict=True):
            if process.wait():
                raise CommandFailed(command, process.returncode, "")
    finally:
        for process in processes:
            end_session(process)


def join_days(files: Sequence[Path], target: Path) -> Path:
    """Write the arrays of some files as one array, if it is not there yet."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        with unfinished.open("wb") as out:
            for number, file in enumerate(files):
                out.write(b"," if number else b"[")
                out.write(file.read_bytes()[1:-1])
            out.write(b"]")
        unfinished.rename(target)
    return target


def warm(files: Sequence[Path]) -> int:
    """Read files, so that all who are measured find them in the page cache; give their size in bytes."""
    size = 0
    for file in files:
        with file.open("rb") as source:
            while block := source.read(1 << 22):
                size += len(block)
    return size


def need_room(folder: Path, gigabytes: float) -> None:
    """Refuse to begin on a disk that will not do.

    Raises:
        SystemExit: there is less room; the sentence says what to do.
    """
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise SystemExit(
            f"The benchmarks need {gigabytes:g} GB in {folder} and {free:.1f} GB are free. "
            "Free some, or name another folder with --work."
        )
