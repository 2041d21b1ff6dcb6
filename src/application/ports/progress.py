"""The port that hears how an import goes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Bytes are those of the source files, compressed ones as they lie there."""

    files_done: int = 0
    files_total: int = 0
    snapshots: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    doing: str = ""


class ProgressListener(ABC):
    """Hears of an import; must be quick, for the import waits.

    Only ``started`` and ``advanced`` may raise, and only ``ImportInterrupted``: that stops the import between two
    commits.
    """

    @abstractmethod
    def started(self, progress: Progress) -> None:
        """Hear that the work is known and begins."""

    @abstractmethod
    def advanced(self, progress: Progress) -> None:
        """Hear how far it is, several times a second."""

    @abstractmethod
    def warned(self, message: str) -> None:
        """Hear of something that the user should know at once."""

    @abstractmethod
    def finished(self, progress: Progress) -> None:
        """Hear that it is over; always called once after ``started``."""
