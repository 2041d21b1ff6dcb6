"""The live progress bar, drawn with rich on stderr."""

from __future__ import annotations

from typing import Any

from rich.progress import BarColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as RichProgress

from ....application.ports.progress import Progress, ProgressListener
from .tables import console
from .words import count, counted, size


class Bar(ProgressListener):
    """Shows files, snapshots, speed and the time left in one line that is drawn over and over."""

    def __init__(self) -> None:
        self._bar = RichProgress(
            TextColumn("{task.percentage:>3.0f} %"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[files]} files"),
            TextColumn("{task.fields[snapshots]} snapshots"),
            TextColumn("{task.fields[volume]}{task.fields[warnings]}"),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console(stderr=True),
            transient=True,
            expand=True,
        )
        self._warnings = 0
        self._task = self._bar.add_task("import", start=False, warnings="", **_fields(Progress()))

    def started(self, progress: Progress) -> None:
        """Begin to draw."""
        self._bar.start()
        self._bar.start_task(self._task)
        self.advanced(progress)

    def advanced(self, progress: Progress) -> None:
        """Draw how far it is."""
        self._bar.update(self._task, total=progress.bytes_total, completed=progress.bytes_done, **_fields(progress))

    def warned(self, message: str) -> None:
        """Count it; the report at the end says what it was."""
        self._warnings += 1
        self._bar.update(self._task, warnings=f" {counted(self._warnings, 'warning')}")

    def finished(self, progress: Progress) -> None:
        """Take the bar away; the report follows."""
        self.advanced(progress)
        self._bar.stop()


def _fields(progress: Progress) -> dict[str, Any]:
    return {
        "files": f"{count(progress.files_done)}/{count(progress.files_total)}",
        "snapshots": count(progress.snapshots),
        "volume": f"{size(progress.bytes_done)}/{size(progress.bytes_total)}",
    }
