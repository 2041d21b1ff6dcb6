"""How an import shows its progress on stderr: a live bar, plain lines, or not at all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from ....application.ports.progress import Progress, ProgressListener
from .tables import console, load, may_be_terminal
from .words import count, counted, duration, plain, size

#: Seconds between two plain lines.
EVERY = 5.0


class PlainLines(ProgressListener):
    """Writes a line at the start, at the end and every few seconds; for logs and pipes."""

    def __init__(self, out: TextIO, seconds: Callable[[], float]) -> None:
        self._out, self._seconds = out, seconds
        self._ready = False
        self._began = self._told = seconds()

    def started(self, progress: Progress) -> None:
        """Say what there is to do."""
        self._began = self._told = self._seconds()
        self._say(f"{counted(progress.files_total, 'file')}, {size(progress.bytes_total)} to read")

    def advanced(self, progress: Progress) -> None:
        """Say how far it is, if it is time; load what the report is drawn with, for others work meanwhile."""
        if not self._ready:
            load()
            self._ready = True
        if self._seconds() - self._told >= EVERY:
            self._told = self._seconds()
            self._say(describe(progress, self._told - self._began))

    def warned(self, message: str) -> None:
        """Pass the warning on."""
        self._say(f"warning: {message}")

    def finished(self, progress: Progress) -> None:
        """Say what was done."""
        took = self._seconds() - self._began
        self._say(
            f"{counted(progress.files_done, 'file')}, {counted(progress.snapshots, 'snapshot')} in {duration(took)}"
        )

    def _say(self, line: str) -> None:
        print(plain(line), file=self._out, flush=True)


def describe(progress: Progress, seconds: float) -> str:
    """Say how far a run is after so many seconds, and how long it takes yet at this speed."""
    done, total = progress.bytes_done, progress.bytes_total
    parts = [
        f"{count(progress.files_done)} of {counted(progress.files_total, 'file')}",
        counted(progress.snapshots, "snapshot"),
        f"{size(done)} of {size(total)}",
    ]
    if done and seconds > 0:
        parts.append(f"{size(done / seconds)}/s")
        # Behind the last byte there is work yet, of which the speed of reading says nothing.
        if done < total:
            parts.append(f"about {duration((total - done) * seconds / done)} left")
    return ", ".join(parts)


def listener(kind: str) -> ProgressListener:
    """Give the listener of ``--progress``: auto, bar, plain or none."""
    if kind == "auto" and not may_be_terminal(sys.stderr):
        kind = "plain"
    if kind == "auto":
        out = console(stderr=True)
        kind = "bar" if out.is_terminal and not out.is_dumb_terminal else "plain"
    if kind == "bar":
        from .progress_bar import Bar

        return Bar()
    if kind == "plain":
        return PlainLines(sys.stderr, time.monotonic)
    from ....adapters.memory.progress import SilentProgress

    return SilentProgress()
