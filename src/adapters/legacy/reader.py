"""The legacy reader: finds the files of a history folder and streams their records."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ...application.batch import SnapshotBatch
from ...application.ports.source_reader import Gathered, ReadOptions, SourceFile
from ...domain.errors import SourceUnreadable
from ..files import digest
from ..lake_folder import lake_names
from . import names
from .blocks import BlockCutter
from .decoder import Decoder, make_decoder
from .forms import recognise
from .gathering import gather
from .records import RecordReader
from .stream import BLOCK, SourceStream, sniff

_CHANGED = "it was changed while it was read, so import it again"
_ENDINGS = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")


class LegacyReader:
    """Reads a folder of JSON day files, at any depth, or one such file.

    ``block`` is how many bytes are read at a time, ``piece`` how many are parsed at a time if not as many as
    suit the decoder, ``decoder`` makes what takes them apart.
    """

    name = "legacy"

    def __init__(
        self, block: int = BLOCK, decoder: Callable[[], Decoder] = make_decoder, piece: int | None = None
    ) -> None:
        self._block, self._decoder, self._piece = block, decoder, piece

    def knows(self, source: Path) -> bool:
        """Whether the source is a folder or a file with JSON in it."""
        return source.is_dir() or (source.is_file() and (_named_json(source.name) or sniff(source)))

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files; a link that leads round in a circle is followed once."""
        closed: list[Path] = []
        for path in [source] if source.is_file() else _walk(source, closed):
            if (facts := _facts(path)) is None:
                continue
            yield SourceFile(
                path=path,
                size=facts.st_size,
                mtime_ns=facts.st_mtime_ns,
                hint=names.feed_name(path),
                day=names.day(path),
            )
        # What cannot be looked into may hold history: as a file that fails it is said.
        yield from (SourceFile(folder, 0, 0) for folder in closed)

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream a file's records in order, block by block."""
        with SourceStream(file.path, self._block) as stream:
            form = recognise(stream)
            cutter = BlockCutter(stream, form)
            reader = RecordReader(file, options, cutter, self._decoder(), self._piece)
            name = stream.form + form.name
            for batch in reader.batches(stream):
                yield replace(batch, form=name)
            end = reader.end(name, stream.bytes_done)
            yield replace(end, torn="; ".join(filter(None, (end.torn, _CHANGED)))) if stream.changed else end

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Read files of one usual record each as one block."""
        decoder = self._decoder()
        return gather(files, options, decoder, self._piece or decoder.piece)

    def fingerprint(self, file: SourceFile) -> str:
        """Digest the bytes that were there when the file was found."""
        if file.path.is_dir():
            os.scandir(file.path).close()  # a folder is a file of the source only if it could not be looked into
        return digest(file.path, file.size)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> dict[int, bytes]:
        """Give records word for word, by reading the file again."""
        found: dict[int, bytes] = {}
        with SourceStream(file.path, self._block) as stream:
            try:
                cutter = BlockCutter(stream, recognise(stream))
            except SourceUnreadable:
                return found
            number = 0
            for block in cutter:
                for segment in cutter.split(block):
                    if number in records:
                        found[number] = segment.raw
                    number += 1
        return found


def _named_json(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)


def _facts(path: Path) -> os.stat_result | None:
    """Give the facts of a path that may hold history; None for others. What the system refuses may hold some."""
    try:
        facts = path.stat()
        return facts if stat.S_ISREG(facts.st_mode) and (_named_json(path.name) or sniff(path)) else None
    except PermissionError:
        return path.lstat()
    except OSError:
        # A link to nowhere; or gone since it was found.
        return path.lstat() if _named_json(path.name) and path.is_symlink() else None


def _walk(folder: Path, closed: list[Path]) -> Iterator[Path]:
    """Give the files under a folder in a fixed order, without hidden ones and what is a lake's own.

    Folders that are closed to us are noted.
    """
    seen: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=lambda e: closed.append(Path(e.filename))):
        facts = Path(here).stat()
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()
            continue
        seen.add((facts.st_dev, facts.st_ino))
        own = lake_names(files)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in own)
        for name in sorted(files):
            if not name.startswith(".") and name not in own:
                yield Path(here, name)
