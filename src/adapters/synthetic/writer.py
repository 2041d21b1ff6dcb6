"""Writes a day to disk: streamed, under a temporary name until it is whole."""

import errno
import filecmp
import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from .forms import FORMS, DayFeed, bridge_file
from .records import Record

#: A quarter of the time of level 9, for a few per cent of size.
_GZIP_LEVEL = 4


@contextmanager
def _whole_or_absent(path: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name only once everything is in it; a failure leaves nothing behind.

    Raises:
        FileExistsError: a file of this name has something else in it, which may be history that nobody can fetch again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb", buffering=1 << 20) as file:
            yield file
        if path.exists() and not filecmp.cmp(unfinished, path, shallow=False):
            raise FileExistsError(errno.EEXIST, "has something else in it already", str(path))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_day(
    out: Path,
    form: str,
    feed: DayFeed,
    records: Iterable[Record],
    *,
    torn: bool = False,
    unpacked: bool = False,
) -> Path:
    """Write a day in one of ``FORMS`` and give its path.

    A ``torn`` one lacks the end of its last record, as when the recorder is killed. An ``unpacked`` gzip file is
    left uncompressed under its name, as an object store may do.
    """
    shape = FORMS[form]
    path = out / shape.place(feed)
    with _whole_or_absent(path) as file:
        pieces = shape.pieces(feed, records)
        if form == "gzip" and not unpacked:
            # No name and no time in the header: equal histories are equal files.
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                _write(cast(BinaryIO, packed), shape.head, shape.between, shape.tail, pieces)
        else:
            last = _write(file, shape.head, shape.between, shape.tail, pieces)
            if torn:
                file.truncate(file.tell() - last // 3)
    return path


def _write(file: BinaryIO, head: bytes, between: bytes, tail: bytes, pieces: Iterator[bytes]) -> int:
    """Write all pieces and give the length of the last one."""
    file.write(head)
    piece = next(pieces, b"")
    file.write(piece)
    for piece in pieces:
        file.write(between)
        file.write(piece)
    file.write(tail)
    return len(piece)


def write_bridge_files(out: Path, feed: DayFeed, records: Iterable[Record]) -> Iterator[Path]:
    """Write a day as the older bridge did, a file for every snapshot, and yield their paths."""
    for record in records:
        place, text = bridge_file(feed, record)
        with _whole_or_absent(out / place) as file:
            file.write(text)
        yield out / place
