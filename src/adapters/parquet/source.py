"""Reading parts back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...application.at_once import waiting
from ...application.ports.source_reader import escaped
from ...application.ports.strike_sink import WHOLE_ROW, PartFacts, PieceFacts, StrikeSource
from ...application.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ...domain.errors import LakeDamaged
from ...domain.parts import Part
from ...domain.timestamps import to_micros
from ..files import digest, refusals
from ..lake_folder import LADDERS, SNAPSHOTS
from .footers import Footer, Footers
from .paths import LakePaths
from .row_groups import RowGroups

#: So few row groups are read by one thread: others would take longer to start.
_FEW = 4
#: So few row groups are kept after reading: an answer of more is a scan, and would push all else out.
_FEW_KEPT = 2


class ParquetStrikeSource(StrikeSource):
    """Reads the Parquet files of a lake, staged ones too; prunes by the row groups' statistics.

    Footers are remembered; may be asked from many threads.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = LakePaths(folder)
        self._footers = Footers()
        self._groups = RowGroups()

    def remember(self, max_bytes: int) -> None:
        self._footers.resize(max_bytes // 2)
        self._groups.resize(max_bytes // 2)

    def snapshots(self, part: Part) -> pa.Table:
        with self._open(part, SNAPSHOTS) as (file, _):
            return _with_feed(file.read(), part)

    def moments(self, part: Part) -> np.ndarray[Any, np.dtype[np.int64]]:
        with self._open(part, SNAPSHOTS) as (file, _):
            read = file.read(["timestamp"], use_threads=False)
            return _micros(read)

    def snapshots_between(self, part: Part, first: datetime, last: datetime) -> pa.Table:
        with self._open(part, SNAPSHOTS) as (file, footer):
            return _with_feed(_read(file, footer, to_micros(first), to_micros(last), None), part)

    def batches(
        self, part: Part, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        with (
            self._open(part, LADDERS) as (ladders, footer),
            self._open(part, SNAPSHOTS) as (snapshots, _),
        ):
            for group in footer.groups(*(to_micros(moment) if moment else None for moment in (first, last))):
                rows = ladders.read_row_group(group, columns=LADDER_SCHEMA.names)
                yield _with_feed(snapshots.read_row_group(group), part), rows

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        found = [self._ladders(part, to_micros(first), to_micros(last), columns) for part in parts]
        if not found:
            return STRIKE_SCHEMA.empty_table().select(columns)
        rows = pa.concat_tables(found)
        return rows if len(found) == 1 else rows.sort_by([("timestamp", "ascending"), ("strike", "ascending")])

    def _ladders(self, part: Part, first: int, last: int, columns: Sequence[str]) -> pa.Table:
        """Give rows of one part: of row groups that were read lately if these have them all."""
        name = part.key.name
        known = self._footers.get(name, LADDERS)
        if known and (rows := self._groups.rows(name, known.groups(first, last), first, last)) is not None:
            return rows.select(columns)
        with self._open(part, LADDERS) as (file, footer):
            groups = footer.groups(first, last)
            if len(groups) > _FEW_KEPT or tuple(columns) != WHOLE_ROW or not self._groups.keeps:
                return _read(file, footer, first, last, columns)
            for group in groups:
                rows = file.read_row_group(group, columns=list(WHOLE_ROW), use_threads=False)
                self._groups.put(name, group, *_sorted(rows.select(WHOLE_ROW).replace_schema_metadata()))
            rows = self._groups.rows(name, groups, first, last)
            return _read(file, footer, first, last, columns) if rows is None else rows

    def inspect(self, part: Part, *, checksums: bool = True) -> PartFacts:
        return PartFacts(*(self._facts(part, kind, checksums=checksums) for kind in (LADDERS, SNAPSHOTS)))

    def strays(self, parts: Iterable[Part]) -> list[str]:
        return [self._place(path) for path in self._paths.strays(parts)]

    def _facts(self, part: Part, kind: str, *, checksums: bool) -> PieceFacts:
        """Look at one file of a part: its size, its footer, and its checksum if that is wanted."""
        path = self._paths.published(part.key, kind)
        facts = PieceFacts(self._place(path))
        try:
            with refusals(path):
                facts = facts._replace(size=path.stat().st_size)
                if checksums:
                    facts = facts._replace(digest=digest(path))
                return facts._replace(rows=pq.read_metadata(path).num_rows)
        except FileNotFoundError:
            return facts._replace(there=False)
        except (OSError, pa.ArrowException) as error:
            return facts._replace(problem=str(error).splitlines()[0])

    def _place(self, path: Path) -> str:
        return escaped(path.relative_to(self._paths.folder))

    @contextmanager
    def _open(self, part: Part, kind: str) -> Iterator[tuple[pq.ParquetFile, Footer]]:
        waiting()
        path = self._paths.published(part.key, kind)
        footer = self._footers.get(part.key.name, kind)
        try:
            # A file that is closed to us, or for which memory is short, is not damaged.
            with refusals(path):
                try:
                    file = _file(path, footer)
                except FileNotFoundError:
                    path = self._paths.present(part.key, kind)
                    file = _file(path, footer)
                with file:
                    yield file, footer or self._footers.put(part.key.name, kind, file.metadata)
        except (OSError, pa.ArrowException) as error:
            raise LakeDamaged(str(self._paths.folder), _reason(path, error)) from error


def _file(path: Path, footer: Footer | None) -> pq.ParquetFile:
    return pq.ParquetFile(path, metadata=footer.metadata if footer else None, pre_buffer=False)


def _read(file: pq.ParquetFile, footer: Footer, first: int, last: int, columns: Sequence[str] | None) -> pa.Table:
    """Read the rows between two moments, both included; a part is written by ascending timestamp, or is sorted here."""
    groups = footer.groups(first, last)
    wanted = list(columns or file.schema_arrow.names)
    rows = file.read_row_groups(groups, columns=wanted, use_threads=len(groups) > _FEW).select(wanted)
    rows, micros = _sorted(rows.replace_schema_metadata())
    begin, end = np.searchsorted(micros, first, "left"), np.searchsorted(micros, last, "right")
    return rows.slice(int(begin), int(end - begin))


def _sorted(rows: pa.Table) -> tuple[pa.Table, np.ndarray[Any, np.dtype[np.int64]]]:
    """Give rows by ascending timestamp, and their timestamps."""
    micros = _micros(rows)
    if np.any(micros[1:] < micros[:-1]):
        order = np.argsort(micros, kind="stable")
        return rows.take(pa.array(order)), micros[order]
    return rows, micros


def _micros(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    micros: np.ndarray[Any, np.dtype[np.int64]] = rows.column("timestamp").cast(pa.int64()).to_numpy()
    return micros


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the part {path.name} is missing"
    return f"the part {path.name} cannot be read ({str(error).splitlines()[0]})"


def _with_feed(snapshots: pa.Table, part: Part) -> pa.Table:
    """Put the columns back that stand in the path."""
    for name, value in part.key.feed._asdict().items():
        snapshots = snapshots.append_column(
            SNAPSHOT_SCHEMA.field(name), pa.repeat(pa.scalar(value), snapshots.num_rows)
        )
    return snapshots.select(SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA)
