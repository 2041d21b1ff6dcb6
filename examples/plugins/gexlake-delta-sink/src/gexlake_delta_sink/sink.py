"""The sink: parts are staged as Arrow files and published as one commit to each of two tables."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from gexlake.plugins import LakeDamaged, Part, PartKey, PartWriter, RejectWriter, StrikeSink

from .disk import room
from .staging import SNAPSHOTS, SOURCES, STRIKES, ArrowPartWriter, ArrowRejectWriter, Staging
from .tables import PartTable

_REJECTS = "rejects.arrow"
_PROGRESS = "progress"
_PROGRESS_FORMAT = struct.Struct("<qq")


class DeltaStrikeSink(StrikeSink):
    """Keeps parts as rows of the tables ``delta/strikes`` and ``delta/snapshots``.

    A part in staging counts before the tables: its files go only when both tables have it. So a kill between the two
    commits shows readers of the lake nothing odd, and publishing again makes the second one.
    """

    def __init__(self, folder: Path, tables: Mapping[str, PartTable] | None = None) -> None:
        self._folder = folder
        self._staging = Staging(folder)
        self._tables = tables or {kind: PartTable(folder, kind) for kind in (STRIKES, SNAPSHOTS)}

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        """Begin a part."""
        return ArrowPartWriter(self._staging, key, sources or {})

    def stage_rejects(self, unit: str) -> RejectWriter:
        """Begin the list of a unit's rejects."""
        return ArrowRejectWriter(self._staging.make(unit) / _REJECTS)

    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        """Give back a unit's rejects."""
        path = self._staging.unit(unit) / _REJECTS
        if path.exists():
            with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
                yield from reader

    def staged_units(self) -> list[str]:
        """Name the units with something in staging."""
        return self._staging.units()

    def publish(self, parts: Iterable[Part]) -> None:
        """Commit parts to both tables, one after the other; a table that has one is left alone.

        Raises:
            DiskFull: there is no room.
            LakeDamaged: a part is neither staged nor in the tables.
        """
        for part in parts:
            self._publish(part)

    def _publish(self, part: Part) -> None:
        staged = {kind: self._staging.part(part.key, kind) for kind in self._tables}
        for kind, table in self._tables.items():
            if not table.took(part.key):
                self._commit(part, table, staged[kind])
            if staged[kind].exists():
                table.make_last(part.key)
        for path in staged.values():
            path.unlink(missing_ok=True)

    def discard(self, unit: str) -> None:
        """Throw away what a unit has left in staging."""
        self._staging.discard(unit)

    def retire(self, part: Part) -> None:
        """Take a part out of both tables, and out of staging."""
        for kind, table in self._tables.items():
            table.remove(part.key)
            self._staging.part(part.key, kind).unlink(missing_ok=True)

    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        """Leave word of how far a unit is; readers see the old word or the new one."""
        path = self._staging.unit(unit) / _PROGRESS
        with room(path):
            fresh = path.with_suffix(".new")
            fresh.write_bytes(_PROGRESS_FORMAT.pack(bytes_done, snapshots))
            fresh.replace(path)

    def progress_of(self, unit: str) -> tuple[int, int]:
        """Give the last word that a unit left."""
        try:
            done, snapshots = _PROGRESS_FORMAT.unpack((self._staging.unit(unit) / _PROGRESS).read_bytes())
        except (OSError, struct.error):
            return 0, 0
        return done, snapshots

    def _commit(self, part: Part, table: PartTable, staged: Path) -> None:
        try:
            file = pa.memory_map(str(staged))
        except FileNotFoundError as error:
            raise LakeDamaged(str(self._folder), f"the part {part.key.name} is missing") from error
        with file, pa.ipc.open_file(file) as reader:
            groups = (reader.get_batch(n) for n in range(reader.num_record_batches))
            about = {SOURCES.decode(): (reader.schema.metadata or {})[SOURCES].decode()}
            table.append(part.key, groups, about)
