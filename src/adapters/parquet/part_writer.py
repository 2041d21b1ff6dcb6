"""Writing the two files of a part, and how they are encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ...application.columns.batch import offsets
from ...application.columns.rows import micros_of
from ...application.columns.schemas import LADDER_NUMBERS, SNAPSHOT_SCHEMA, STRIKE_SCHEMA, UTC_MICROS
from ...application.ports.strike_sink import PartWriter
from ...domain.parts import Part, PartKey
from ...domain.timestamps import from_micros
from ..crash_points import reached
from ..disk.files import digest, make_folder, sync
from ..disk.lake_folder import LADDERS, SNAPSHOTS
from ..disk.refusals import refusals
from .early_sync import EarlySync
from .file_writer import FileWriter
from .paths import LakePaths

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
#: Rows of a page, about: whoever wants one ladder unpacks a page a column. More pages take longer to write, since zstd
#: prepares itself for each.
_ROWS_OF_A_PAGE = 7500
#: Snapshots that make a row group of theirs: of fewer, its twenty columns cost more than the values in them.
SNAPSHOTS_OF_A_GROUP = 750


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
        self._early = EarlySync(self._files[LADDERS])
        self._held: list[pa.Table] = []
        self._first: int | None = None
        self._last = 0
        self._about = {b"gexlake.part": key.model_dump_json().encode()}
        self._sources, self._file_ids = sources, set[int]()
        self._ladder_writer: FileWriter | None = None
        with refusals(self._files[LADDERS]):
            make_folder(self._files[LADDERS].parent)
            reached("stage.folder-made")
            self._snapshot_writer = FileWriter(
                self._files[SNAPSHOTS],
                SNAPSHOT_FILE_SCHEMA,
                SNAPSHOT_ENCODING,
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
            self._ladders(rows.num_rows).write(rows)
            reached("stage.ladders-written")
            self._early.wrote(rows.nbytes)
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
            # Of those that a unit reads, only the ones whose snapshots these are: there may be thousands of others.
            named = {n: self._sources[n] for n in sorted(self._file_ids & self._sources.keys())}
            self._snapshot_writer.close(self._about | {b"gexlake.sources": json.dumps(named).encode()})
            reached("stage.snapshots-closed")
            self._early.wait()
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
        self._early.wait()
        self._held.clear()
        for writer in (self._ladder_writer, self._snapshot_writer):
            if writer is not None:
                writer.abort()
        for path in self._files.values():
            path.unlink(missing_ok=True)

    def _write_held(self) -> None:
        """Write the snapshots that are held back, if there are any."""
        if self._held:
            snapshots = pa.concat_tables(self._held)
            self._held.clear()
            self._file_ids.update(snapshots.column("file_id").unique().to_pylist())
            self._snapshot_writer.write(snapshots)
            reached("stage.snapshots-written")

    def _ladders(self, rows: int) -> FileWriter:
        """Give the writer of ladders; the rows of the first row group tell how its like are cut into pages."""
        if self._ladder_writer is None:
            schema = STRIKE_SCHEMA.with_metadata(self._about)
            self._ladder_writer = FileWriter(self._files[LADDERS], schema, ladder_encoding(rows))
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
