"""Reading parts back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...application.at_once import waiting
from ...application.ports.source_reader import escaped
from ...application.ports.strike_sink import WHOLE_ROW, PartFacts, PieceFacts, StrikeSource
from ...application.rows import micros_of
from ...application.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ...domain.errors import LakeDamaged
from ...domain.parts import Part
from ...domain.timestamps import to_micros
from ..files import digest, refusals
from ..lake_folder import LADDERS, SNAPSHOTS
from ..lru import Lru
from .footers import Footer, Footers
from .open_files import MOST_OPEN, OpenFile
from .paths import LakePaths
from .row_groups import Key, RowGroup, RowGroups, rows_between

#: Bytes of footers that are kept unless somebody wants more: those of some thousand files of a full day.
_USUAL_BYTES = 8 << 20
#: So few row groups are read by one thread: others would take longer to start.
_FEW = 4
#: All columns, by the kind of the file.
_SCHEMA = {LADDERS: STRIKE_SCHEMA, SNAPSHOTS: SNAPSHOT_SCHEMA}
_WHOLE = {kind: tuple(schema.names) for kind, schema in _SCHEMA.items()}
#: Bytes that a row takes beside what stands in the file: dictionaries are unpacked, the columns of the path put back.
_BESIDE = {LADDERS: 8, SNAPSHOTS: 70}
#: So few row groups are kept after reading: an answer of more is a scan, and would push all else out.
_FEW_KEPT = 4


class ParquetStrikeSource(StrikeSource):
    """Reads the Parquet files of a lake, staged ones too; prunes by the row groups' statistics.

    Footers are remembered and, once somebody has said how much memory they may take, row groups of short answers.
    Both share it: an answer at random needs another footer each time, one near the last its row group. May be asked
    from many threads.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = LakePaths(folder)
        self._files: Lru[Any, OpenFile] = Lru(MOST_OPEN)
        # Of a part whose footer is not kept, nobody has asked for long.
        self._kept: Lru[Any, Any] = Lru(_USUAL_BYTES, dropped=self._files.pop)
        self._footers, self._groups = Footers(self._kept), RowGroups(self._kept)
        self._keeps = False

    def __reduce__(self) -> tuple[type[ParquetStrikeSource], tuple[Path]]:
        """Go to another process without what is remembered: a worker reads a part once."""
        return ParquetStrikeSource, (self._paths.folder,)

    def remember(self, max_bytes: int) -> None:
        self._kept.resize(max_bytes)
        self._keeps = max_bytes > 0

    def forget(self, part: Part) -> None:
        for kind in (LADDERS, SNAPSHOTS):
            self._kept.pop((part.key.name, kind))

    def snapshots(self, part: Part) -> pa.Table:
        with self._open(part, SNAPSHOTS) as (file, _):
            return _with_feed(file.parquet().read(), part)

    def moments(self, part: Part) -> np.ndarray[Any, np.dtype[np.int64]]:
        with self._open(part, SNAPSHOTS) as (file, _):
            return micros_of(file.parquet().read(["timestamp"], use_threads=False))

    def snapshots_between(self, part: Part, first: datetime, last: datetime, columns: Sequence[str] = ()) -> pa.Table:
        whole = _WHOLE[SNAPSHOTS]
        names = [name for name in whole if name in {"timestamp", *columns}] if columns else whole
        return self._between(part, SNAPSHOTS, to_micros(first), to_micros(last), names)

    def batches(
        self, part: Part, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        with (
            self._open(part, LADDERS) as (ladder_file, footer),
            self._open(part, SNAPSHOTS) as (snapshot_file, _),
        ):
            ladders, snapshots = ladder_file.parquet(), snapshot_file.parquet()
            for group in footer.groups(*(to_micros(moment) if moment else None for moment in (first, last))):
                rows = ladders.read_row_group(group, columns=LADDER_SCHEMA.names)
                yield _with_feed(snapshots.read_row_group(group), part), rows

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        found = [self._between(part, LADDERS, to_micros(first), to_micros(last), columns) for part in parts]
        if not found:
            return STRIKE_SCHEMA.empty_table().select(columns)
        rows = pa.concat_tables(found)
        return rows if len(found) == 1 else rows.sort_by([("timestamp", "ascending"), ("strike", "ascending")])

    def _between(self, part: Part, kind: str, first: int, last: int, columns: Sequence[str]) -> pa.Table:
        """Give rows of one part, by ascending timestamp: of row groups that were read lately if these have them all."""
        name, known = part.key.name, self._footers.get(part.key.name, kind)
        groups = known.groups(first, last) if known else []
        if groups and (kept := self._groups.all_of(name, kind, groups)):
            rows = rows_between(kept, first, last)
            return rows if tuple(columns) == _WHOLE[kind] else rows.select(columns)
        short = self._keeps and tuple(columns) == _WHOLE[kind]
        with self._open(part, kind, groups if short and len(groups) <= _FEW_KEPT else ()) as (file, footer):
            groups = footer.groups(first, last)
            if not groups:
                return _SCHEMA[kind].empty_table().select(columns)
            metadata, numbers = footer.metadata(file.read, groups)
            parquet = file.parquet(metadata)
            if short and len(groups) <= _FEW_KEPT:
                keys = [(name, kind, group) for group in groups]
                read = [self._group(parquet, number, part, key) for number, key in zip(numbers, keys, strict=True)]
                return rows_between(read, first, last)
            wanted = [column for column in columns if column not in part.key.feed._fields]
            found = parquet.read_row_groups(numbers, columns=wanted, use_threads=len(groups) > _FEW)
            rows = RowGroup.of(_formed(found, part, kind, columns)).between(first, last)
            return rows.select(columns)

    def _group(self, file: pq.ParquetFile, number: int, part: Part, key: Key) -> RowGroup:
        """Give a row group with all its columns, and remember it; ``number`` is what the file calls it."""
        if (kept := self._groups.get(key)) is not None:
            return kept
        rows, kind = file.read_row_group(number, use_threads=False), key[1]
        # As the file has it: to sum all buffers up takes longer than to look the row group up.
        size = file.metadata.row_group(number).total_byte_size + rows.num_rows * _BESIDE[kind]
        return self._groups.put(key, RowGroup.of(_formed(rows, part, kind, _SCHEMA[kind].names)), size)

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
    def _open(self, part: Part, kind: str, groups: Sequence[int] = ()) -> Iterator[tuple[OpenFile, Footer]]:
        """Give a file to read from; ``groups`` are all that is wanted of it, where they are few and known already."""
        key = part.key.name, kind
        path, footer = self._paths.published(part.key, kind), self._footers.get(*key)
        if not (groups and footer):
            waiting()
        try:
            # A file that is closed to us, or for which memory is short, is not damaged.
            with refusals(path), self._opened(part, kind, path) as file:
                if groups and footer:
                    extent = footer.extent(groups)
                    waiting(unless=lambda: file.at_hand(*extent))
                yield file, footer or self._footers.put(*key, file.footer())
        except (OSError, pa.ArrowException) as error:
            raise LakeDamaged(str(self._paths.folder), _reason(path, error)) from error

    @contextmanager
    def _opened(self, part: Part, kind: str, path: Path) -> Iterator[OpenFile]:
        """Take an open file, or open one; it is kept for the next reader as long as its footer is."""
        key = part.key.name, kind
        file = self._files.pop(key)
        if file is None or file.removed():
            try:
                file = OpenFile(path)
            except FileNotFoundError:
                file = OpenFile(self._paths.present(part.key, kind))
        with ExitStack() as closing:
            closing.enter_context(file)
            yield file
            if self._keeps and self._footers.get(*key) and not file.removed():
                closing.pop_all()
                self._files.put(key, file, 1)


def _formed(rows: pa.Table, part: Part, kind: str, names: Sequence[str]) -> pa.Table:
    """Give rows of a file in columns of their kind."""
    if kind == SNAPSHOTS:
        return _with_feed(rows, part, names)
    return rows.select([name for name in WHOLE_ROW if name in names]).replace_schema_metadata()


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the part {path.name} is missing"
    return f"the part {path.name} cannot be read ({str(error).splitlines()[0]})"


def _with_feed(snapshots: pa.Table, part: Part, names: Sequence[str] = SNAPSHOT_SCHEMA.names) -> pa.Table:
    """Put the columns back that stand in the path."""
    schema = pa.schema([SNAPSHOT_SCHEMA.field(name) for name in names])
    feed = part.key.feed._asdict()
    columns = [pa.repeat(feed[name], snapshots.num_rows) if name in feed else snapshots.column(name) for name in names]
    return pa.Table.from_arrays(
        [found if found.type == kind else found.cast(kind) for found, kind in zip(columns, schema.types, strict=True)],
        schema=schema,
    )
