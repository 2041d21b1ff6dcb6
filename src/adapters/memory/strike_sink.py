"""The sink and the source of the ladders in memory; they live in one process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...application.columns.rows import Rows
from ...application.columns.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA, UTC_MICROS
from ...application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink
from ...application.ports.strike_source import WHOLE_ROW, PartFacts, StrikeSource
from ...domain.errors import LakeDamaged
from ...domain.parts import Part, PartKey
from ...domain.timestamps import from_micros, to_micros


class InMemoryStrikeSink(StrikeSink):
    """Keeps staged and published parts in dictionaries; for an ``InlineWorkPool`` only, as it cannot be pickled."""

    def __init__(self) -> None:
        self.staged: dict[str, dict[str, list[Rows]]] = {}
        self.published: dict[str, list[Rows]] = {}
        self._rejects: dict[str, list[pa.RecordBatch]] = {}
        self._progress: dict[str, tuple[int, int]] = {}

    def __reduce__(self) -> Any:
        raise TypeError("An in-memory sink lives in one process. Use it with the work pool 'inline'.")

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        return _PartWriter(self, key)

    def stage_rejects(self, unit: str) -> RejectWriter:
        return _RejectWriter(self._rejects.setdefault(unit, []))

    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        yield from self._rejects.get(unit, [])

    def staged_units(self) -> list[str]:
        return sorted(self.staged.keys() | self._rejects.keys() | self._progress.keys())

    def publish(self, parts: Iterable[Part]) -> None:
        for part in parts:
            if part.key.name in self.published:
                continue
            try:
                self.published[part.key.name] = self.staged[part.key.unit].pop(part.key.name)
            except KeyError:
                raise _missing(part) from None

    def discard(self, unit: str) -> None:
        for held in (self.staged, self._rejects, self._progress):
            held.pop(unit, None)

    def retire(self, part: Part) -> None:
        self.published.pop(part.key.name, None)

    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        self._progress[unit] = bytes_done, snapshots

    def progress_of(self, unit: str) -> tuple[int, int]:
        return self._progress.get(unit, (0, 0))

    def row_groups(self, part: Part) -> list[Rows]:
        """Give what was written to a part.

        Raises:
            LakeDamaged: the part is neither staged nor published.
        """
        staged = self.staged.get(part.key.unit, {}).get(part.key.name)
        found = self.published.get(part.key.name, staged)
        if found is None:
            raise _missing(part)
        return found


class InMemoryStrikeSource(StrikeSource):
    """Reads the parts of an in-memory sink."""

    def __init__(self, sink: InMemoryStrikeSink) -> None:
        self._sink = sink

    def snapshots(self, part: Part) -> pa.Table:
        groups = self._sink.row_groups(part)
        return pa.concat_tables([SNAPSHOT_SCHEMA.empty_table(), *(snapshots for snapshots, _ in groups)])

    def batches(self, part: Part, first: datetime | None = None, last: datetime | None = None) -> Iterator[Rows]:
        for snapshots, ladders in self._sink.row_groups(part):
            begins, ends = _edges(snapshots)
            if (first is None or ends >= first) and (last is None or begins <= last):
                yield snapshots, ladders

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        found = [_rows(*group) for part in parts for group in self.batches(part, first, last)]
        table = pa.concat_tables([STRIKE_SCHEMA.empty_table(), *found])
        edges = [pa.scalar(to_micros(moment), pa.int64()).cast(UTC_MICROS) for moment in (first, last)]
        inside = pc.and_(pc.greater_equal(table["timestamp"], edges[0]), pc.less_equal(table["timestamp"], edges[1]))
        return table.filter(inside).sort_by([("timestamp", "ascending"), ("strike", "ascending")]).select(columns)

    def inspect(self, part: Part, *, checksums: bool = True) -> PartFacts:
        facts = super().inspect(part, checksums=checksums)
        if part.key.name in self._sink.published:
            return facts
        return PartFacts(*(piece._replace(there=False) for piece in facts))

    def strays(self, parts: Iterable[Part]) -> list[str]:
        return sorted(self._sink.published.keys() - {part.key.name for part in parts})


class _PartWriter(PartWriter):
    def __init__(self, sink: InMemoryStrikeSink, key: PartKey) -> None:
        self._sink, self._key = sink, key
        self._groups: list[Rows] = []
        self._staged = sink.staged.setdefault(key.unit, {})

    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        self._groups.append((snapshots.cast(SNAPSHOT_SCHEMA), ladders.cast(LADDER_SCHEMA)))

    def close(self) -> Part:
        self._staged[self._key.name] = self._groups
        edges = [_edges(snapshots) for snapshots, _ in self._groups]
        return Part(
            key=self._key,
            snapshots=sum(snapshots.num_rows for snapshots, _ in self._groups),
            strikes=sum(ladders.num_rows for _, ladders in self._groups),
            first=min(first for first, _ in edges),
            last=max(last for _, last in edges),
            ladder_bytes=sum(ladders.nbytes for _, ladders in self._groups),
            snapshot_bytes=sum(snapshots.nbytes for snapshots, _ in self._groups),
        )

    def abort(self) -> None:
        self._groups.clear()
        self._staged.pop(self._key.name, None)


class _RejectWriter(RejectWriter):
    def __init__(self, kept: list[pa.RecordBatch]) -> None:
        self._kept = kept

    def write(self, rejects: pa.RecordBatch) -> None:
        self._kept.append(rejects)

    def close(self) -> None:
        """Do nothing: what was written is kept already."""


def _missing(part: Part) -> LakeDamaged:
    return LakeDamaged("in memory", f"the part {part.key.name} is not there")


def _edges(snapshots: pa.Table) -> tuple[datetime, datetime]:
    moments = pc.min_max(snapshots["timestamp"].cast(pa.int64())).as_py()
    return from_micros(moments["min"]), from_micros(moments["max"])


def _rows(snapshots: pa.Table, ladders: pa.Table) -> pa.Table:
    """Give each ladder row its snapshot's timestamp."""
    owners = np.repeat(np.arange(snapshots.num_rows), snapshots["strike_count"].to_numpy())
    moments = snapshots["timestamp"].take(pa.array(owners))
    return pa.table([moments, *ladders.columns], schema=STRIKE_SCHEMA)
