"""The legacy reader: finds the files of a history folder and streams their records."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...application.columns.batch import SnapshotBatch
from ...application.ports.source_reader import Gathered, ReadOptions, SourceFile
from ...domain.paths import feed_of_path
from ..disk.files import digest
from ..disk.lake_folder import lake_names
from .cutting.archives import named_history
from .names import day

if TYPE_CHECKING:
    from .decoding.decoder import Decoder
    from .reading import Reading


class LegacyReader:
    """Reads a folder of JSON day files, at any depth, or one such file.

    ``block`` is how many bytes are read at a time, ``piece`` how many are parsed at a time if not as many as
    suit the decoder, ``decoder`` makes what takes them apart.

    What reads is loaded when something is read, which a process that only hands files out never does.
    """

    name = "legacy"

    def __init__(
        self, block: int | None = None, decoder: Callable[[], Decoder] | None = None, piece: int | None = None
    ) -> None:
        self._block, self._decoder, self._piece = block, decoder, piece

    def knows(self, source: Path) -> bool:
        """Whether the source is a folder or a file with JSON in it."""
        return source.is_dir() or (source.is_file() and (named_history(source.name) or _sniff(source)))

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files; a link that leads round in a circle is followed once."""
        closed: list[Path] = []
        for path in [source] if source.is_file() else _walk(source, closed):
            if (facts := _facts(path)) is None:
                continue
            size, mtime_ns = facts
            yield SourceFile(path, size, mtime_ns, hint=feed_of_path(path), day=day(path))
        # What cannot be looked into may hold history: as a file that fails it is said.
        yield from (SourceFile(folder, 0, 0) for folder in closed)

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream a file's records in order, block by block."""
        _refuse_closed(file.path)
        return self._reading().read(file, options)

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Read files of one usual record each as one block."""
        return self._reading().gather(files, options)

    def fingerprint(self, file: SourceFile) -> str:
        """Digest the bytes that were there when the file was found."""
        _refuse_closed(file.path)
        return digest(file.path, file.size)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
        """Give records word for word, by reading the file again."""
        return self._reading().raw_records(file, records)

    def _reading(self) -> Reading:
        from .reading import Reading

        return Reading(self._block, self._decoder, self._piece)


def _sniff(path: Path) -> bool:
    from .cutting.stream import sniff

    return sniff(path)


def _facts(path: Path) -> tuple[int, int] | None:
    """Give size and time of a path that may hold history; None for others. What the system refuses may hold some."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode) or not (named_history(path.name) or _sniff(path)):
            return None
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
        if missing and not (named_history(path.name) and path.is_symlink()):
            return None  # gone since it was found; but a link that leads nowhere stands for what is missing
        try:
            facts = path.lstat()
        except OSError:
            return 0, 0
    return facts.st_size, facts.st_mtime_ns


def _refuse_closed(path: Path) -> None:
    """Let the system say why a folder is a file of the source: only one that could not be looked into is."""
    if path.is_dir():
        os.scandir(path).close()
        _enter(path)


def _enter(folder: Path | str) -> os.stat_result:
    """Give the facts of a folder, if what its names stand for may be reached."""
    return os.stat(f"{folder}/.")  # noqa: PTH116  # a Path leaves the dot out, which takes the right to enter


def _walk(folder: Path, closed: list[Path]) -> Iterator[Path]:
    """Give the files under a folder in a fixed order, without hidden ones and what is a lake's own.

    Folders that are closed to us are noted.
    """
    seen: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=lambda e: closed.append(Path(e.filename))):
        try:
            facts = _enter(here)
        except OSError:
            closed.append(Path(here))
            folders.clear()
            continue
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()
            continue
        seen.add((facts.st_dev, facts.st_ino))
        own = lake_names(files)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in own)
        for name in sorted(files):
            if not name.startswith(".") and name not in own:
                yield Path(here, name)
