"""A sink that fails where a test wants it to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from ..application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink
from ..domain.parts import Part, PartKey
from .dial import Dial


class FailingStrikeSink(StrikeSink):
    """Passes everything on to another sink, but raises when ``step`` is done for the ``nth`` time.

    Steps are the methods of the sink that change something (``stage``, ``stage_rejects``, ``publish``, ``retire``,
    ``discard``), ``write`` and ``close`` of its part writers, ``write_rejects`` and ``close_rejects`` of its reject
    writers. ``after`` does the step first. A sink fails once; ``failed`` says whether it has.
    """

    def __init__(
        self, sink: StrikeSink, step: str, nth: int = 1, *, after: bool = False, error: Exception | None = None
    ) -> None:
        self._sink, self.dial = sink, Dial(step, nth, after=after, error=error)

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.dial.failed

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        """Begin a part whose writer may fail too."""
        with self.dial.turn("stage"):
            return _FailingPartWriter(self._sink.stage(key, sources), self.dial)

    def stage_rejects(self, unit: str) -> RejectWriter:
        """Begin rejects whose writer may fail too."""
        with self.dial.turn("stage_rejects"):
            return _FailingRejectWriter(self._sink.stage_rejects(unit), self.dial)

    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        """Pass it on."""
        return self._sink.staged_rejects(unit)

    def staged_units(self) -> list[str]:
        """Pass it on."""
        return self._sink.staged_units()

    def publish(self, part: Part) -> None:
        """Publish, or fail."""
        with self.dial.turn("publish"):
            self._sink.publish(part)

    def discard(self, unit: str) -> None:
        """Discard, or fail."""
        with self.dial.turn("discard"):
            self._sink.discard(unit)

    def retire(self, part: Part) -> None:
        """Retire, or fail."""
        with self.dial.turn("retire"):
            self._sink.retire(part)

    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        """Pass it on."""
        self._sink.note_progress(unit, bytes_done, snapshots)

    def progress_of(self, unit: str) -> tuple[int, int]:
        """Pass it on."""
        return self._sink.progress_of(unit)


class _FailingPartWriter(PartWriter):
    def __init__(self, writer: PartWriter, dial: Dial) -> None:
        self._writer, self._dial = writer, dial

    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        with self._dial.turn("write"):
            self._writer.write(snapshots, ladders)

    def close(self) -> Part:
        with self._dial.turn("close"):
            return self._writer.close()

    def abort(self) -> None:
        self._writer.abort()


class _FailingRejectWriter(RejectWriter):
    def __init__(self, writer: RejectWriter, dial: Dial) -> None:
        self._writer, self._dial = writer, dial

    def write(self, rejects: pa.RecordBatch) -> None:
        with self._dial.turn("write_rejects"):
            self._writer.write(rejects)

    def close(self) -> None:
        with self._dial.turn("close_rejects"):
            self._writer.close()
