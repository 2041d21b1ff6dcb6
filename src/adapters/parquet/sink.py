"""Writing parts: staged, made durable, then renamed into place."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import product
from pathlib import Path

import pyarrow as pa

from ...application.columns.schemas import REJECT_SCHEMA
from ...application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink
from ...application.presence import exists, is_dir
from ...domain.escapes import escaped
from ...domain.parts import Part, PartKey
from ..crash_points import reached
from ..disk.files import add_folders, free_name, link_or_copy, make_folder, sync
from ..disk.lake_folder import LADDERS, SNAPSHOTS
from ..disk.refusals import refusals
from .part_writer import ParquetPartWriter
from .paths import LakePaths

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
        if exists(path):
            with pa.OSFile(os.fsencode(path)) as file, pa.ipc.open_stream(file) as reader:
                yield from reader

    def staged_units(self) -> list[str]:
        staging = self._paths.staging
        return sorted(path.name for path in staging.iterdir()) if is_dir(staging) else []

    def publish(self, parts: Iterable[Part]) -> None:
        changed: dict[Path, None] = {}
        try:
            for part, kind in product(parts, (LADDERS, SNAPSHOTS)):
                staged, published = self._paths.staged(part.key, kind), self._paths.published(part.key, kind)
                if exists(staged):
                    with refusals(published):
                        changed |= dict.fromkeys(add_folders(published.parent))
                        reached("publish.folder-made")
                        staged.replace(published)
                        reached("publish.file-renamed")
                    changed[published.parent] = None
        finally:  # a disk that has written down all names for the first of these has little to do for the others
            for folder in changed:
                with refusals(folder):
                    sync(folder)
                reached("publish.folder-synced")

    def discard(self, unit: str) -> None:
        reached("discard.begun")
        left = self._paths.unit(unit)
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:  # no folder of a unit; to look into a named pipe would take for ever
            with suppress(OSError):
                left.unlink()
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
            if exists(published)
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
            if exists(place) and not place.samefile(path):  # set aside in the same second, or the clock was set back
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


class ArrowRejectWriter(RejectWriter):
    """Writes a unit's rejects as an Arrow stream; makes the file with the first reject."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pa.OSFile | None = None
        self._stream: pa.ipc.RecordBatchStreamWriter | None = None

    def write(self, rejects: pa.RecordBatch) -> None:
        with refusals(self._path):
            if self._stream is None:
                self._file = pa.OSFile(os.fsencode(self._path), "wb")
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
