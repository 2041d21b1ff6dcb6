"""One import in the background: how far it is, for all who follow it, and how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from ...domain.errors import ImportInterrupted
from ...domain.runs import ImportRun
from ..ports.progress import Progress, ProgressListener
from .import_request import ImportRequest

#: What came of an import, or why it could not be run or was stopped: a ``GexlakeError``, or a fault of the program.
Ended: TypeAlias = ImportRun | BaseException
#: Warnings that are kept as events; all of them are among the errors of the run.
_MOST_WARNINGS = 1000


class EventKind(StrEnum):
    """What an event tells, in the words of ``ProgressListener``; ``ended`` is the last one of a job."""

    STARTED = "started"
    ADVANCED = "advanced"
    WARNED = "warned"
    FINISHED = "finished"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job. Numbers rise; a gap is progress that later progress has overtaken."""

    number: int
    kind: EventKind
    progress: Progress | None = None
    message: str = ""


class Job(ProgressListener):
    """An import that runs, or has: its events can be read from the first or from any other on, by many at once.

    Memory is bounded: of the progress only the latest is kept, of the warnings the first thousand.
    """

    def __init__(self, request: ImportRequest, started_at: datetime) -> None:
        self.request, self.started_at = request, started_at
        self.import_id = request.import_id or ""
        self._over = threading.Event()
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._number = 0
        self._latest: dict[EventKind, Event] = {}
        self._warnings: list[Event] = []
        self._ended: Ended | None = None
        self._stop = False

    def events(self, after: int = 0) -> list[Event]:
        """Give the events with higher numbers that are kept, in order."""
        with self._lock:
            kept = [*self._latest.values(), *self._warnings]
        return sorted((event for event in kept if event.number > after), key=lambda event: event.number)

    @contextmanager
    def listening(self, hear: Callable[[], None]) -> Iterator[None]:
        """Have ``hear`` called, in the import's thread, whenever there is another event."""
        with self._lock:
            self._listeners.append(hear)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(hear)

    @property
    def last_number(self) -> int:
        """The number of the latest event; 0 before the first."""
        with self._lock:
            return self._number

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    @property
    def progress(self) -> Progress:
        """How far it is."""
        with self._lock:
            told = [event for event in self._latest.values() if event.progress is not None]
        return max(told, key=lambda event: event.number).progress or Progress() if told else Progress()

    @property
    def warnings(self) -> list[str]:
        """What it warned of so far."""
        with self._lock:
            return [event.message for event in self._warnings]

    @property
    def ended(self) -> Ended:
        """What came of it, once it is over."""
        if self._ended is None:
            raise RuntimeError("the job runs still")
        return self._ended

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; say whether it came within so many seconds."""
        return self._over.wait(timeout)

    def ask_to_stop(self) -> None:
        """Have the import stop between two commits. Safe in a signal handler: it takes no lock."""
        self._stop = True

    def end(self, ended: Ended) -> None:
        """Note what came of it; the last event."""
        self._ended = ended
        self._note(EventKind.ENDED)
        self._over.set()  # before the listeners hear of it: they ask whether it is over
        self._call()

    def started(self, progress: Progress) -> None:
        """Tell it; stop here if that was asked for."""
        self._tell(EventKind.STARTED, progress)
        self._heed()

    def advanced(self, progress: Progress) -> None:
        """Tell it; stop here if that was asked for."""
        self._tell(EventKind.ADVANCED, progress)
        self._heed()

    def warned(self, message: str) -> None:
        """Tell it."""
        self._tell(EventKind.WARNED, message=message)

    def finished(self, progress: Progress) -> None:
        """Tell it."""
        self._tell(EventKind.FINISHED, progress)

    def _heed(self) -> None:
        if self._stop:
            raise ImportInterrupted

    def _tell(self, kind: EventKind, progress: Progress | None = None, message: str = "") -> None:
        self._note(kind, progress, message)
        self._call()

    def _note(self, kind: EventKind, progress: Progress | None = None, message: str = "") -> None:
        with self._lock:
            self._number += 1
            event = Event(self._number, kind, progress, message)
            if kind is not EventKind.WARNED:
                self._latest[kind] = event
            elif len(self._warnings) < _MOST_WARNINGS:
                self._warnings.append(event)

    def _call(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for hear in listeners:
            hear()
