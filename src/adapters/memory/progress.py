"""Listeners without a screen: one forgets, one remembers."""

from __future__ import annotations

from ...application.ports.progress import Progress, ProgressListener


class SilentProgress(ProgressListener):
    """Hears and forgets."""

    def started(self, progress: Progress) -> None:
        """Forget it."""

    def advanced(self, progress: Progress) -> None:
        """Forget it."""

    def warned(self, message: str) -> None:
        """Forget it."""

    def finished(self, progress: Progress) -> None:
        """Forget it."""


class RecordingProgress(ProgressListener):
    """Remembers all it hears: ``events`` in order, ``warnings`` by themselves."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Progress]] = []
        self.warnings: list[str] = []

    def started(self, progress: Progress) -> None:
        self.events.append(("started", progress))

    def advanced(self, progress: Progress) -> None:
        self.events.append(("advanced", progress))

    def warned(self, message: str) -> None:
        self.warnings.append(message)

    def finished(self, progress: Progress) -> None:
        self.events.append(("finished", progress))
