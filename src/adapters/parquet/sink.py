"""Writing parts: staged, made durable, then renamed into place."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...application.batch import offsets
from ...application.ports.source_reader import escaped
from ...application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink
from ...application.rows import micros_of
from ...application.schemas import LADDER_NUMBERS, REJECT_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA, UTC_MICROS
from ...domain.parts import Part, PartKey
from ...domain.timestamps import from_micros
from ..crash_points import reached
from ..files import digest, free_name, link_or_copy, refusals
from ..lake_folder import LADDERS, SNAPSHOTS
from .paths import LakePaths, make_folder, sync

#: The feed stands in the path; a column of it in the file would clash with that in some readers.
SNAPSHOT_FILE_SCHEMA = pa.schema([f for f in SNAPSHOT_SCHEMA if f.name not in ("ticker", "package", "category")])
#: Below 1 zstd is quicker still: an eighth less time to write ladders, for a hundredth more bytes.
_ZSTD_LEVEL = -1
#: How snapshots are encoded.
SNAPSHOT_ENCODING: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": _ZSTD_LEVEL,
    "use_dictionary": ["extra", "file_id", "strike_count"],
    "write_statistics": ["timestamp"],
}
#: Rows of a page, about: whoever wants one ladder unpacks a page a column. More pages take longer to write.
_ROWS_OF_A_PAGE = 4000
#: Snapshots that make a row group of theirs: of fewer, its twenty columns cost more than the values in them.
SNAPSHOTS_OF_A_GROUP = 750
_REJECTS = "rejects.arrow"
_PROGRESS = "progress"
_PROGRESS_FORMAT = struct.Struct("<qq")


class ParquetStrikeSink(StrikeSink):
    """Keeps parts as Parquet files, hive-partitioned by feed and trading day."""

    def __init__(self, folder: Path) -> None:
        self._paths = LakePaths(folder)

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        return ParquetPartWriter(self._paths, key, sources or {})

    def stage_rejects(self, unit: str) -> RejectWriter:
        return ArrowRejectWriter(self._unit(unit) / _REJECTS)

    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        path = self._paths.unit(unit) / _REJECTS
        if path.exists():
            with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
                yield from reader

    def staged_units(self) -> list[str]:
        staging = self._paths.staging
        return sorted(path.name for path in staging.iterdir()) if staging.is_dir() else []

    def publish(self, part: Part) -> None:
        for kind in (LADDERS, SNAPSHOTS):
            staged, published = self._paths.staged(part.key, kind), self._paths.published(part.key, kind)
            if staged.exists():
                with refusals(published):
                    make_folder(published.parent)
                    reached("publish.folder-made")
                    staged.replace(published)
                    reached("publish.file-renamed")
                    sync(published.parent)
                    reached("publish.folder-synced")

    def discard(self, unit: str) -> None:
        reached("discard.begun")
        shutil.rmtree(self._paths.unit(unit), ignore_errors=True)
        reached("discard.done")

    def retire(self, part: Part) -> None:
        for kind in (LADDERS, SNAPSHOTS):
            published = self._paths.published(part.key, kind)
            with refusals(published):
                published.unlink(missing_ok=True)
            reached("retire.file-deleted")
            # The folders of a day, category, package and ticker without parts go too.
            for folder in list(published.parents)[:4]:
                try:
                    folder.rmdir()
                except OSError:
                    break
                reached("retire.folder-deleted")

    def link_to(self, folder: Path, part: Part) -> None:
        there = LakePaths(folder)
        for kind in (LADDERS, SNAPSHOTS):
            place = there.published(part.key, kind)
            with refusals(place):
                try:
                    link_or_copy(self._paths.present(part.key, kind), place)
                except FileNotFoundError:  # it was published just then
                    link_or_copy(self._paths.published(part.key, kind), place)

    def set_aside(self, part: Part, at: datetime) -> list[str]:
        return [
            self._set_aside(published, at)
            for published in (self._paths.published(part.key, kind) for kind in (LADDERS, SNAPSHOTS))
            if published.exists()
        ]

    def set_aside_strays(self, parts: Iterable[Part], at: datetime) -> list[str]:
        places = []
        for stray in self._paths.strays(parts):
            places.append(self._set_aside(stray, at))
            with refusals(stray):
                stray.unlink()
            reached("quarantine.stray-deleted")
        return places

    def _set_aside(self, path: Path, at: datetime) -> str:
        """Give a file a second name in quarantine, or copy it where the disk knows no second names."""
        place = self._paths.quarantined(path, at)
        with refusals(place):
            if place.exists() and not place.samefile(path):  # set aside in the same second, or the clock was set back
                place = free_name(place)
            link_or_copy(path, place)
            sync(place.parent)
        reached("quarantine.file-kept")
        return escaped(place)

    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        path = self._paths.unit(unit) / _PROGRESS
        # Written over, not anew: file systems flush a file to the disk that was cut to nothing and written again.
        with refusals(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
            try:
                reached("stage.progress-opened")
                os.write(handle, _PROGRESS_FORMAT.pack(bytes_done, snapshots))
            finally:
                os.close(handle)
            reached("stage.progress-noted")

    def progress_of(self, unit: str) -> tuple[int, int]:
        try:
            raw = (self._paths.unit(unit) / _PROGRESS).read_bytes()
        except OSError:
            return 0, 0
        return _PROGRESS_FORMAT.unpack(raw) if len(raw) == _PROGRESS_FORMAT.size else (0, 0)

    def _unit(self, unit: str) -> Path:
        folder = self._paths.unit(unit)
        with refusals(folder):
            make_folder(folder)
        return folder


class ParquetPartWriter(PartWriter):
    """Writes the two files of a part, row group by row group.

    Snapshots are held back until they make a row group, which then belongs to several of the ladders.

    Quick zstd, plain numbers: dictionaries on floats cost time and size. Statistics only where rows are looked for by
    them.
    """

    def __init__(self, paths: LakePaths, key: PartKey, sources: Mapping[int, str]) -> None:
        self._paths, self._key = paths, key
        self._files = {kind: paths.staged(key, kind) for kind in (LADDERS, SNAPSHOTS)}
        self._snapshots = self._strikes = 0
        self._held: list[pa.Table] = []
        self._first: int | None = None
        self._last = 0
        self._about = about = {b"gexlake.part": key.model_dump_json().encode()}
        self._ladder_writer: pq.ParquetWriter | None = None
        with refusals(self._files[LADDERS]):
            make_folder(self._files[LADDERS].parent)
            reached("stage.folder-made")
            self._snapshot_writer = pq.ParquetWriter(
                self._files[SNAPSHOTS],
                SNAPSHOT_FILE_SCHEMA.with_metadata(about | {b"gexlake.sources": json.dumps(dict(sources)).encode()}),
                **SNAPSHOT_ENCODING,
            )
            reached("stage.snapshots-opened")

    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        micros = micros_of(snapshots)
        bounds = offsets(snapshots.column("strike_count"))
        repeated = pa.array(micros.repeat(bounds[1:] - bounds[:-1])).view(UTC_MICROS)
        rows = pa.Table.from_arrays(
            [repeated, *(ladders.column(name) for name in LADDER_NUMBERS)], schema=STRIKE_SCHEMA
        )
        with refusals(self._files[LADDERS]):
            self._ladders(rows.num_rows).write_table(rows, row_group_size=max(1, rows.num_rows))
            reached("stage.ladders-written")
            self._held.append(snapshots.select(SNAPSHOT_FILE_SCHEMA.names))
            if sum(held.num_rows for held in self._held) >= SNAPSHOTS_OF_A_GROUP:
                self._write_held()
        self._snapshots += snapshots.num_rows
        self._strikes += rows.num_rows
        low, high = int(micros.min()), int(micros.max())
        self._first = low if self._first is None else min(self._first, low)
        self._last = max(self._last, high)

    def close(self) -> Part:
        with refusals(self._files[LADDERS]):
            self._ladders(0).close()
            reached("stage.ladders-closed")
            self._write_held()
            self._snapshot_writer.close()
            reached("stage.snapshots-closed")
            sizes, digests = {}, {}
            for kind, path in self._files.items():
                sync(path)
                reached("stage.file-synced")
                sizes[kind], digests[kind] = path.stat().st_size, digest(path)
                reached("stage.file-digested")
            sync(self._files[LADDERS].parent)
            reached("stage.folder-synced")
        return Part(
            key=self._key,
            snapshots=self._snapshots,
            strikes=self._strikes,
            first=from_micros(self._first or 0),
            last=from_micros(self._last),
            ladder_bytes=sizes[LADDERS],
            ladder_digest=digests[LADDERS],
            snapshot_bytes=sizes[SNAPSHOTS],
            snapshot_digest=digests[SNAPSHOTS],
        )

    def abort(self) -> None:
        self._held.clear()
        for writer in (self._ladder_writer, self._snapshot_writer):
            with suppress(OSError):  # the disk is full, perhaps; the file goes anyway
                if writer is not None:
                    writer.close()
        for path in self._files.values():
            path.unlink(missing_ok=True)

    def _write_held(self) -> None:
        """Write the snapshots that are held back, if there are any."""
        if self._held:
            snapshots = pa.concat_tables(self._held)
            self._held.clear()
            self._snapshot_writer.write_table(snapshots, row_group_size=snapshots.num_rows)
            reached("stage.snapshots-written")

    def _ladders(self, rows: int) -> pq.ParquetWriter:
        """Give the writer of ladders; the rows of the first row group tell how its like are cut into pages."""
        if self._ladder_writer is None:
            schema = STRIKE_SCHEMA.with_metadata(self._about)
            self._ladder_writer = pq.ParquetWriter(self._files[LADDERS], schema, **ladder_encoding(rows))
            reached("stage.ladders-opened")
        return self._ladder_writer


def ladder_encoding(rows: int) -> dict[str, Any]:
    """Say how ladders are encoded whose row groups hold about so many rows."""
    pages = max(1, round(rows / _ROWS_OF_A_PAGE))
    return {
        "compression": "zstd",
        "compression_level": _ZSTD_LEVEL,
        "use_dictionary": False,
        "write_statistics": ["timestamp", "strike"],
        # So many rows are encoded in one go, and then make a page: row groups of a few rows more make no page more.
        "write_batch_size": max(3 * _ROWS_OF_A_PAGE // 4, rows * 17 // (16 * pages)),
        "data_page_size": 1,
    }


class ArrowRejectWriter(RejectWriter):
    """Writes a unit's rejects as an Arrow stream; makes the file with the first reject."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pa.OSFile | None = None
        self._stream: pa.ipc.RecordBatchStreamWriter | None = None

    def write(self, rejects: pa.RecordBatch) -> None:
        with refusals(self._path):
            if self._stream is None:
                self._file = pa.OSFile(str(self._path), "wb")
                self._stream = pa.ipc.new_stream(self._file, REJECT_SCHEMA)
                reached("stage.rejects-opened")
            self._stream.write_batch(rejects)
            reached("stage.rejects-written")

    def close(self) -> None:
        if self._stream is not None and self._file is not None:
            with refusals(self._path):
                self._stream.close()
                self._file.close()
                reached("stage.rejects-closed")
