"""A sink that fails where a test wants it to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from ..application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink
from ..domain.parts import Part, PartKey
from .dial import Dial, with_dial


class FailingStrikeSink(StrikeSink):
    """Passes everything on to another sink, but raises when ``step`` is done for the ``nth`` time.

    Steps are the methods of the sink (``stage``, ``stage_rejects``, ``publish``, ``retire``, ``discard`` …), those of
    its part writers (``write``, ``close``), and those of its reject writers (``write_rejects``, ``close_rejects``).
    ``publish`` is done for each part. ``after`` does the step first. A sink fails once; ``failed`` says whether it has.
    """

    def __init__(
        self, sink: StrikeSink, step: str, nth: int = 1, *, after: bool = False, error: Exception | None = None
    ) -> None:
        self.dial = Dial(step, nth, after=after, error=error)
        self._sink = with_dial(sink, self.dial)

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.dial.failed

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        """Begin a part whose writer may fail too."""
        return with_dial(self._sink.stage(key, sources), self.dial)

    def stage_rejects(self, unit: str) -> RejectWriter:
        """Begin rejects whose writer may fail too."""
        return with_dial(self._sink.stage_rejects(unit), self.dial, suffix="_rejects")

    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        """Pass it on."""
        return self._sink.staged_rejects(unit)

    def staged_units(self) -> list[str]:
        """Pass it on."""
        return self._sink.staged_units()

    def publish(self, parts: Iterable[Part]) -> None:
        """Pass them on, each by itself, so that it may fail between two of them."""
        for part in parts:
            self._sink.publish([part])

    def discard(self, unit: str) -> None:
        """Pass it on."""
        self._sink.discard(unit)

    def retire(self, part: Part) -> None:
        """Pass it on."""
        self._sink.retire(part)

    def link_to(self, folder: Path, part: Part) -> None:
        """Pass it on."""
        self._sink.link_to(folder, part)

    def set_aside(self, part: Part, at: datetime) -> list[str]:
        """Pass it on."""
        return self._sink.set_aside(part, at)

    def set_aside_strays(self, parts: Iterable[Part], at: datetime) -> list[str]:
        """Pass it on."""
        return self._sink.set_aside_strays(parts, at)

    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        """Pass it on."""
        self._sink.note_progress(unit, bytes_done, snapshots)

    def progress_of(self, unit: str) -> tuple[int, int]:
        """Pass it on."""
        return self._sink.progress_of(unit)
