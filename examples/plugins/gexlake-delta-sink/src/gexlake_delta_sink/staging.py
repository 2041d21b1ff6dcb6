"""Staging: Arrow files of a unit of work, where no reader of the tables sees them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gexlake.plugins import (
    REJECT_SCHEMA,
    SNAPSHOT_SCHEMA,
    STRIKE_SCHEMA,
    Part,
    PartKey,
    PartWriter,
    RejectWriter,
    digest,
    from_micros,
)

from .disk import room, sync

STRIKES, SNAPSHOTS = "strikes", "snapshots"
SOURCES = b"gexlake.sources"
_SCHEMAS = {STRIKES: STRIKE_SCHEMA, SNAPSHOTS: SNAPSHOT_SCHEMA}


class Staging:
    """Names what units of work leave in the folder ``staging`` of a lake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "staging"

    def units(self) -> list[str]:
        """Name the units that have left something."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    def unit(self, unit: str) -> Path:
        """Give the folder of a unit, which need not be there."""
        return self.folder / unit

    def make(self, unit: str) -> Path:
        """Give the folder of a unit, made if it was not there."""
        with room(self.unit(unit)):
            self.unit(unit).mkdir(parents=True, exist_ok=True)
        return self.unit(unit)

    def part(self, key: PartKey, kind: str) -> Path:
        """Say where the ``strikes`` or the ``snapshots`` of a part are staged."""
        return self.unit(key.unit) / f"{key.name}.{kind}.arrow"

    def discard(self, unit: str) -> None:
        """Throw away what a unit has left."""
        shutil.rmtree(self.unit(unit), ignore_errors=True)


class ArrowPartWriter(PartWriter):
    """Writes the two Arrow files of a part; a row group is one record batch in each."""

    def __init__(self, staging: Staging, key: PartKey, sources: Mapping[int, str]) -> None:
        self._key = key
        self._paths = {kind: staging.part(key, kind) for kind in _SCHEMAS}
        self._rows = dict.fromkeys(_SCHEMAS, 0)
        self._moments: list[int] = []
        staging.make(key.unit)
        about = {SOURCES: json.dumps(dict(sources)).encode()}
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._files: dict[str, pa.NativeFile] = {}
        self._writers: dict[str, pa.ipc.RecordBatchFileWriter] = {}
        for kind, schema in _SCHEMAS.items():
            with room(self._paths[kind]):
                self._files[kind] = pa.OSFile(str(self._paths[kind]), "wb")
                self._writers[kind] = pa.ipc.new_file(self._files[kind], schema.with_metadata(about), options=options)

    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        """Append a row group; each ladder row is given its snapshot's timestamp."""
        moments = snapshots["timestamp"].combine_chunks()
        owners = moments.to_numpy(zero_copy_only=False).repeat(snapshots["strike_count"].to_numpy())
        timestamps = pa.chunked_array([pa.array(owners).cast(STRIKE_SCHEMA.field("timestamp").type)])
        self._append(STRIKES, [timestamps, *ladders.columns])
        self._append(SNAPSHOTS, snapshots.columns)
        edges = pc.min_max(moments.cast(pa.int64())).as_py()
        self._moments += [edges["min"], edges["max"]]

    def close(self) -> Part:
        """Finish both files; sizes and digests are those of the staged files."""
        sizes, digests = {}, {}
        for kind, path in self._paths.items():
            with room(path):
                self._writers[kind].close()
                self._files[kind].close()
                sync(path)
                sync(path.parent)
            sizes[kind] = path.stat().st_size
            digests[kind] = digest(path)
        return Part(
            key=self._key,
            snapshots=self._rows[SNAPSHOTS],
            strikes=self._rows[STRIKES],
            first=from_micros(min(self._moments, default=0)),
            last=from_micros(max(self._moments, default=0)),
            ladder_bytes=sizes[STRIKES],
            ladder_digest=digests[STRIKES],
            snapshot_bytes=sizes[SNAPSHOTS],
            snapshot_digest=digests[SNAPSHOTS],
        )

    def abort(self) -> None:
        """Throw both files away."""
        for kind, path in self._paths.items():
            with suppress(OSError):  # the disk is full, perhaps; the file goes anyway
                self._writers[kind].close()
            with suppress(OSError):
                self._files[kind].close()
            path.unlink(missing_ok=True)

    def _append(self, kind: str, columns: list[pa.ChunkedArray]) -> None:
        batch = pa.RecordBatch.from_arrays([column.combine_chunks() for column in columns], schema=_SCHEMAS[kind])
        with room(self._paths[kind]):
            self._writers[kind].write_batch(batch)
        self._rows[kind] += batch.num_rows


class ArrowRejectWriter(RejectWriter):
    """Writes rejects as an Arrow stream; makes the file with the first one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pa.NativeFile | None = None
        self._stream: pa.ipc.RecordBatchStreamWriter | None = None

    def write(self, rejects: pa.RecordBatch) -> None:
        """Append rejects."""
        with room(self._path):
            if self._stream is None:
                self._file = pa.OSFile(str(self._path), "wb")
                self._stream = pa.ipc.new_stream(self._file, REJECT_SCHEMA)
            self._stream.write_batch(rejects)

    def close(self) -> None:
        """Finish the stream and make it last."""
        if self._stream is not None and self._file is not None:
            with room(self._path):
                self._stream.close()
                self._file.close()
                sync(self._path)
