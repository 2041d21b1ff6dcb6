"""A sink that fails where a test wants it to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from ..application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink
from ..domain.parts import Part, PartKey


class StepFailed(Exception):
    """A ``FailingStrikeSink`` has failed as it was told to."""


class FailingStrikeSink(StrikeSink):
    """Passes everything on to another sink, but raises when ``step`` is done for the ``nth`` time.

    Steps are the methods of the sink that change something (``stage``, ``stage_rejects``, ``publish``, ``retire``,
    ``discard``) and ``write`` and ``close`` of its part writers. ``after`` does the step first. A sink fails once;
    ``failed`` says whether it has.
    """

    def __init__(
        self, sink: StrikeSink, step: str, nth: int = 1, *, after: bool = False, error: Exception | None = None
    ) -> None:
        self._sink, self._step, self._left, self._after = sink, step, nth, after
        self._error = error or StepFailed(step)
        self.failed = False

    def reach(self, step: str, *, after: bool) -> None:
        """Raise if this is the step, the time and the side of it."""
        if step == self._step and after == self._after and not self.failed:
            self._left -= 1
            if self._left == 0:
                self.failed = True
                raise self._error

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        """Begin a part whose writer may fail too."""
        self.reach("stage", after=False)
        writer = _FailingPartWriter(self._sink.stage(key, sources), self)
        self.reach("stage", after=True)
        return writer

    def stage_rejects(self, unit: str) -> RejectWriter:
        """Pass it on."""
        self.reach("stage_rejects", after=False)
        writer = self._sink.stage_rejects(unit)
        self.reach("stage_rejects", after=True)
        return writer

    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        """Pass it on."""
        return self._sink.staged_rejects(unit)

    def staged_units(self) -> list[str]:
        """Pass it on."""
        return self._sink.staged_units()

    def publish(self, part: Part) -> None:
        """Publish, or fail."""
        self.reach("publish", after=False)
        self._sink.publish(part)
        self.reach("publish", after=True)

    def discard(self, unit: str) -> None:
        """Discard, or fail."""
        self.reach("discard", after=False)
        self._sink.discard(unit)
        self.reach("discard", after=True)

    def retire(self, part: Part) -> None:
        """Retire, or fail."""
        self.reach("retire", after=False)
        self._sink.retire(part)
        self.reach("retire", after=True)

    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        """Pass it on."""
        self._sink.note_progress(unit, bytes_done, snapshots)

    def progress_of(self, unit: str) -> tuple[int, int]:
        """Pass it on."""
        return self._sink.progress_of(unit)


class _FailingPartWriter(PartWriter):
    def __init__(self, writer: PartWriter, sink: FailingStrikeSink) -> None:
        self._writer, self._sink = writer, sink

    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        self._sink.reach("write", after=False)
        self._writer.write(snapshots, ladders)
        self._sink.reach("write", after=True)

    def close(self) -> Part:
        self._sink.reach("close", after=False)
        part = self._writer.close()
        self._sink.reach("close", after=True)
        return part

    def abort(self) -> None:
        self._writer.abort()
