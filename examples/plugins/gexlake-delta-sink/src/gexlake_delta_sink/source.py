"""The source: reads parts from staging while they are there, else from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import DeltaError

from gexlake.plugins import (
    LADDER_SCHEMA,
    SNAPSHOT_SCHEMA,
    STRIKE_SCHEMA,
    LakeDamaged,
    Part,
    StrikeSource,
    from_micros,
    to_micros,
)

from .staging import SNAPSHOTS, STRIKES, Staging
from .tables import PartTable

WHOLE_ROW = tuple(STRIKE_SCHEMA.names)
Group = tuple[pa.Table, Callable[[], pa.Table]]


class DeltaStrikeSource(StrikeSource):
    """Reads the parts of a ``DeltaStrikeSink``; rows come back in the order they were written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._staging = Staging(folder)
        self._strikes, self._snapshots = PartTable(folder, STRIKES), PartTable(folder, SNAPSHOTS)

    def snapshots(self, part: Part) -> pa.Table:
        """Give the snapshots of a part."""
        found = [snapshots for snapshots, _ in self._groups(part)]
        return pa.concat_tables([SNAPSHOT_SCHEMA.empty_table(), *found])

    def batches(
        self, part: Part, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Stream a part, row group by row group."""
        for snapshots, read_ladders in self._groups(part):
            edges = pc.min_max(snapshots["timestamp"].cast(pa.int64())).as_py()
            begins, ends = from_micros(edges["min"]), from_micros(edges["max"])
            if (first is None or ends >= first) and (last is None or begins <= last):
                yield snapshots, read_ladders().select(LADDER_SCHEMA.names).cast(LADDER_SCHEMA)

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        """Give the rows between two moments, from all parts at once."""
        found, names = [STRIKE_SCHEMA.empty_table()], []
        with self._readable():
            for part in parts:
                staged = self._staged(part, STRIKES)
                if staged is not None:
                    with staged as reader:
                        found.append(_between(reader.read_all(), first, last))
                elif part.strikes:
                    names.append(part.key.name)
            if names:
                found.append(self._published_ladders(names, first, last))
        rows = pa.concat_tables(found).sort_by([("timestamp", "ascending"), ("strike", "ascending")])
        return rows.select(list(columns))

    def _published_ladders(self, names: list[str], first: datetime, last: datetime) -> pa.Table:
        within = f"timestamp BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
        rows = self._strikes.rows(names, ["part", *STRIKE_SCHEMA.names], within)
        for name in set(names).difference(rows["part"].unique().to_pylist()):
            if not self._strikes.holds(name):  # not even at another time
                raise self._missing(name)
        return rows.select(STRIKE_SCHEMA.names)

    def _groups(self, part: Part) -> Iterator[Group]:
        """Give the snapshots of each row group, and what reads its ladders."""
        with self._readable():
            snapshots, strikes = self._staged(part, SNAPSHOTS), self._staged(part, STRIKES)
            if snapshots is None or strikes is None:
                yield from self._published_groups(part)
                return
            with snapshots, strikes:
                for n in range(snapshots.num_record_batches):
                    table = pa.Table.from_batches([snapshots.get_batch(n)]).cast(SNAPSHOT_SCHEMA)
                    yield table, partial(_batch, strikes, n)

    def _published_groups(self, part: Part) -> Iterator[Group]:
        columns = ["part_group", "part_row", *SNAPSHOT_SCHEMA.names]
        snapshots = self._snapshots.rows([part.key.name], columns).sort_by("part_row")
        if snapshots.num_rows != part.snapshots:
            raise self._missing(part.key.name)
        for number in snapshots["part_group"].unique().to_pylist():
            group = snapshots.filter(pc.field("part_group") == number)
            yield group.select(SNAPSHOT_SCHEMA.names), partial(self._ladders_of, part, number, group)

    def _ladders_of(self, part: Part, number: int, snapshots: pa.Table) -> pa.Table:
        columns = ["part_row", *LADDER_SCHEMA.names]
        found = self._strikes.rows([part.key.name], columns, f"part_group = {number}").sort_by("part_row")
        if found.num_rows != pc.sum(snapshots["strike_count"]).as_py():
            raise self._missing(part.key.name)
        return found

    def _staged(self, part: Part, kind: str) -> pa.ipc.RecordBatchFileReader | None:
        try:
            return pa.ipc.open_file(pa.memory_map(str(self._staging.part(part.key, kind))))
        except FileNotFoundError:
            return None

    def _missing(self, name: str) -> LakeDamaged:
        return LakeDamaged(str(self._folder), f"the part {name} is missing, or rows of it are")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException, DeltaError) as error:
            said = next(iter(str(error).splitlines()), type(error).__name__)
            raise LakeDamaged(str(self._folder), f"its Delta tables cannot be read ({said})") from error


def _batch(reader: pa.ipc.RecordBatchFileReader, number: int) -> pa.Table:
    return pa.Table.from_batches([reader.get_batch(number)])


def _between(rows: pa.Table, first: datetime, last: datetime) -> pa.Table:
    kind = STRIKE_SCHEMA.field("timestamp").type
    edges = [pa.scalar(to_micros(moment), pa.int64()).cast(kind) for moment in (first, last)]
    within = (pc.field("timestamp") >= edges[0]) & (pc.field("timestamp") <= edges[1])
    return rows.filter(within).cast(STRIKE_SCHEMA)
