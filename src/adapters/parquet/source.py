"""Reading parts back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...application.asking.at_once import waiting
from ...application.columns.arrays import Ints
from ...application.columns.rows import micros_of
from ...application.columns.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ...application.ports.strike_source import WHOLE_ROW, PartFacts, StrikeSource
from ...domain.errors import GexlakeError, LakeDamaged
from ...domain.escapes import escaped
from ...domain.parts import Part
from ...domain.timestamps import to_micros
from ..disk.lake_folder import LADDERS, SNAPSHOTS
from ..disk.refusals import refusals
from ..lru import Lru
from .ahead import Ahead
from .counted import Counted
from .file_facts import look_at
from .footers import Footer, Footers
from .open_files import MOST_OPEN, OpenFile
from .pages import NotOurs, piece_with
from .paths import LakePaths
from .pieces import Pieces
from .row_groups import RowGroup, RowGroups, put_together, rows_between, with_feed
from .spilled import Spilled

#: Bytes of footers that are kept unless somebody wants more: those of some thousand files of a full day.
_USUAL_BYTES = 8 << 20
#: So few row groups make a short answer: it is read by one thread, as others would take longer to start, and its
#: snapshots are kept. An answer of more is a scan, and would push all else out.
_FEW = 4
#: Arrow makes such a list anew each time that it is asked.
_NAMES: Sequence[str] = SNAPSHOT_SCHEMA.names
#: How much of its memory is filled before anybody asks; the rest is for what is asked. Pages of ladders have a share of
#: their own: unpacked they are large, and would push out snapshots that nobody has asked about yet.
_AHEAD, _ASKED = 3 / 4, 1 / 8
#: Parts that are looked at ahead: to learn where their row groups lie takes a second or two at most.
_MOST_LEARNED = 1_000


class ParquetStrikeSource(StrikeSource):
    """Reads the Parquet files of a lake, staged ones too; prunes by the row groups' statistics.

    Footers are remembered and, within the same memory, what was unpacked for short answers: row groups of snapshots,
    pages of ladders. May be asked from many threads.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = LakePaths(folder)
        self._files: Lru[Any, OpenFile] = Lru(MOST_OPEN)
        # Of a part whose footer is not kept, nobody has asked for long.
        self._kept: Lru[Any, Any] = Lru(_USUAL_BYTES, dropped=self._files.pop)
        self._footers, self._groups, self._pieces = Footers(self._kept), RowGroups(self._kept), Pieces(self._kept)
        self._pages: Lru[Any, Any] = Lru(0)
        self._asked = Pieces(self._pages)
        self._spilled = Spilled(folder)
        self._keeps, self._ahead = False, 0
        self._published = lru_cache(maxsize=MOST_OPEN)(self._paths.published)

    def __reduce__(self) -> tuple[type[ParquetStrikeSource], tuple[Path]]:
        """Go to another process without what is remembered: a worker reads a part once."""
        return ParquetStrikeSource, (self._paths.folder,)

    def remember(self, max_bytes: int) -> None:
        pages = int(max_bytes * _ASKED)
        self._pages.resize(pages)
        self._kept.resize(max_bytes - pages)
        self._keeps, self._ahead = max_bytes > 0, int(max_bytes * _AHEAD)

    def spill(self, max_bytes: int) -> None:
        self._spilled.resize(max_bytes)

    def learn(self, parts: Sequence[Part]) -> None:
        for part in parts[:_MOST_LEARNED] if self._keeps else ():
            for kind in (LADDERS, SNAPSHOTS):
                with suppress(GexlakeError, NotOurs), self._open(part, kind, otherwise=_not_ours):
                    pass  # its footer is remembered now, and it stays open

    def read_ahead(self, parts: Sequence[Part]) -> Iterator[None]:
        if not self._keeps:
            return iter(())
        opened, kept = partial(self._open, otherwise=_not_ours), (self._groups, self._pieces, self._spilled)
        return Ahead(opened, kept, self._ahead).read(parts)

    def forget(self, part: Part) -> None:
        for kind in (LADDERS, SNAPSHOTS):
            file = self._files.pop((part.key.name, kind))
            self._kept.pop((part.key.name, kind))
            if file is not None:
                # To take back the place of a large file that was removed takes the system long. Closed like this, and
                # not by whoever lets go of it last, it keeps neither the interpreter nor the memory from others.
                file.close()

    def snapshots(self, part: Part) -> pa.Table:
        with self._open(part, SNAPSHOTS) as (file, _):
            return with_feed(file.parquet().read(), part)

    def moments(self, part: Part) -> Ints:
        with self._open(part, SNAPSHOTS) as (file, _):
            return micros_of(file.parquet().read(["timestamp"], use_threads=False))

    def snapshots_between(self, part: Part, first: datetime, last: datetime, columns: Sequence[str] = ()) -> pa.Table:
        names = [name for name in _NAMES if name in {"timestamp", *columns}] if columns else _NAMES
        return self._snapshots(part, to_micros(first), to_micros(last), names)

    def batches(
        self, part: Part, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        with (
            self._open(part, LADDERS) as (ladder_file, footer),
            self._open(part, SNAPSHOTS) as (snapshot_file, theirs),
        ):
            ladders, snapshots = ladder_file.parquet(), snapshot_file.parquet()
            counts = snapshots.read(["strike_count"], use_threads=False).column("strike_count")

            def read(number: int) -> pa.Table:
                return with_feed(snapshots.read_row_group(number, use_threads=False), part)

            counted = Counted(counts, theirs.rows, footer.rows, read)
            for group in footer.groups(*(to_micros(moment) if moment else None for moment in (first, last))):
                rows = ladders.read_row_group(group, columns=LADDER_SCHEMA.names)
                yield counted.of(group), rows

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        return put_together(
            [self._ladders(part, to_micros(first), to_micros(last), columns) for part in parts], columns
        )

    def ladders_at(self, parts: Sequence[Part], moments: Ints, columns: Sequence[str] = WHOLE_ROW) -> pa.Table:
        waiting()  # as for any long answer
        found = []
        for part in parts if len(moments) else ():
            rows = None
            if (known := self._footers.get(part.key.name, LADDERS)) is not None:
                groups = known.groups(int(moments[0]), int(moments[-1]))
                with suppress(OSError):  # the part itself has them too
                    rows = self._spilled.at(part.key.name, groups, moments, columns)
            if rows is None:
                return super().ladders_at(parts, moments, columns)
            found.append(rows)
        return put_together(found, columns)

    def _ladders(self, part: Part, first: int, last: int, columns: Sequence[str]) -> pa.Table:
        """Give ladder rows of one part, by ascending timestamp: of a short answer, those pages alone are unpacked."""
        name, known = part.key.name, self._footers.get(part.key.name, LADDERS)
        groups = known.groups(first, last) if known else []
        if not (few := 0 < len(groups) <= _FEW):
            waiting()  # not for a disk, it may be: but what is made of so many rows takes long
        if groups and (kept := self._unpacked(name, groups, first, last, columns)):
            return rows_between(kept, first, last)
        with self._open(part, LADDERS, known=few) as (file, footer):
            groups = footer.groups(first, last)
            if not groups:
                return STRIKE_SCHEMA.empty_table().select(columns)
            if len(groups) <= _FEW:
                begin, end = footer.extent(groups)
                raw = memoryview(file.read(begin, end))
                with suppress(NotOurs):
                    found = []
                    for group in groups:
                        low, high = footer.extent([group])
                        piece = piece_with(footer, group, raw[low - begin : high - begin], first, last)
                        found.append(self._asked.put(name, group, piece).rows)
                    return _selected(rows_between(found, first, last), columns)
            rows = _read(file, footer, groups, columns)
            return RowGroup.of(rows.replace_schema_metadata()).between(first, last).select(columns)

    def _unpacked(
        self, part: str, groups: Sequence[int], first: int, last: int, columns: Sequence[str]
    ) -> list[RowGroup]:
        """Give some columns of what holds the rows of some row groups, unpacked already; nothing if not all."""
        # Of a long answer, the part has what would have to be waited for in fewer bytes.
        laid = self._spilled.between if len(groups) <= _FEW else self._spilled.at_hand
        found = []
        for group in groups:
            rows = self._pieces.get(part, group, first, last) or self._asked.get(part, group, first, last)
            if rows is None:
                with suppress(OSError):  # the part itself has them too
                    rows = laid(part, group, first, last, columns)
            if rows is None:
                return []
            found.append(RowGroup(_selected(rows.rows, columns), rows.micros))
        return found

    def _snapshots(self, part: Part, first: int, last: int, columns: Sequence[str]) -> pa.Table:
        """Give snapshots of one part, oldest first: of row groups that were read lately if these have them all."""
        name, known = part.key.name, self._footers.get(part.key.name, SNAPSHOTS)
        groups = known.groups(first, last) if known else []
        if groups and (kept := self._groups.all_of(name, groups)):
            return _selected(rows_between(kept, first, last), columns)
        keep = self._keeps and len(columns) == len(SNAPSHOT_SCHEMA)
        with self._open(part, SNAPSHOTS, known=keep and 0 < len(groups) <= _FEW) as (file, footer):
            groups = footer.groups(first, last)
            if not groups:
                return SNAPSHOT_SCHEMA.empty_table().select(columns)
            extent = footer.extent(groups)
            waiting(unless=lambda: file.at_hand(*extent), bring=file.bringing(*extent))
            if keep and len(groups) <= _FEW:
                found = [self._groups.of(file, footer, part, group) for group in groups]
                return rows_between(found, first, last)
            wanted = [column for column in columns if column not in part.key.feed._fields]
            rows = with_feed(_read(file, footer, groups, wanted), part, columns)
            return RowGroup.of(rows).between(first, last)

    def inspect(self, part: Part, *, checksums: bool = True) -> PartFacts:
        written = (part.ladder_bytes, part.ladder_digest), (part.snapshot_bytes, part.snapshot_digest)
        paths = [self._paths.published(part.key, kind) for kind in (LADDERS, SNAPSHOTS)]
        return PartFacts(
            *(
                look_at(path, self._place(path), *facts, checksums=checksums)
                for path, facts in zip(paths, written, strict=True)
            )
        )

    def strays(self, parts: Iterable[Part]) -> list[str]:
        return [self._place(path) for path in self._paths.strays(parts)]

    def _place(self, path: Path) -> str:
        return escaped(path.relative_to(self._paths.folder))

    @contextmanager
    def _open(
        self, part: Part, kind: str, *, known: bool = False, otherwise: Callable[[], Footer] | None = None
    ) -> Iterator[tuple[OpenFile, Footer]]:
        """Give a file to read from; this waits unless it is ``known`` that its footer is remembered.

        A footer that gexlake does not write is read by pyarrow, or ``otherwise``.
        """
        if not known:
            waiting()
        key = part.key.name, kind
        path, footer = self._published(part.key, kind), self._footers.get(*key)
        try:
            # A file that is closed to us, or for which memory is short, is not damaged.
            with refusals(path, reading=True), self._opened(part, kind, path) as file:
                yield file, footer or self._footers.put(*key, file.footer(otherwise))
        except (OSError, pa.ArrowException) as error:
            raise LakeDamaged(str(self._paths.folder), _reason(path, error)) from error

    @contextmanager
    def _opened(self, part: Part, kind: str, path: Path) -> Iterator[OpenFile]:
        """Take an open file, or open one; it is kept for the next reader as long as its footer is."""
        key = part.key.name, kind
        file, keep = self._files.pop(key), False
        if file is None or file.removed():
            try:
                file = OpenFile(path)
            except FileNotFoundError:
                file = OpenFile(self._paths.present(part.key, kind))
        try:
            yield file
            keep = self._keeps and self._footers.get(*key) is not None and not file.removed()
        finally:
            if keep:
                self._files.put(key, file, 1)
            else:
                file.close()


def _read(file: OpenFile, footer: Footer, groups: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """Have pyarrow read some columns of row groups."""
    metadata, numbers = footer.metadata(file.read, groups)
    return file.parquet(metadata).read_row_groups(numbers, columns=list(columns), use_threads=len(groups) > _FEW)


def _selected(rows: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Give some columns of rows, which most questions want whole."""
    return rows if columns is WHOLE_ROW or columns is _NAMES else rows.select(columns)


def _not_ours() -> Footer:
    raise NotOurs


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the part {path.name} is missing"
    return f"the part {path.name} cannot be read ({str(error).splitlines()[0]})"
