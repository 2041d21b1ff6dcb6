"""Small files: read many together where they hold a snapshot each, for a file costs far more than its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....domain.errors import ANY_FAILURE
from ...ports.source_reader import Gathered, GatheringReader, ReadOptions, SourceFile, SourceReader

Numbered = tuple[int, SourceFile]
#: A larger file is read by itself.
_SMALL = 64 * 1024
_LOT_BYTES = 1024 * 1024
#: In so few files nobody looks for the one that cannot be read with the others.
_FEW = 8


def gathered(
    reader: SourceReader, files: Sequence[Numbered], options: ReadOptions
) -> Iterator[tuple[Sequence[Numbered], Gathered | None]]:
    """Give files in their order: with what was read of them together, or with None to be read one by one."""
    if not isinstance(reader, GatheringReader):
        yield files, None
        return
    for lot in _lots(files, options.batch_size):
        yield from _halved(reader, lot, options)


def _halved(
    reader: GatheringReader, lot: Sequence[Numbered], options: ReadOptions
) -> Iterator[tuple[Sequence[Numbered], Gathered | None]]:
    """Read a lot together, or each half of it, until those that cannot be are among few others."""
    found = _together(reader, lot, options) if len(lot) > 1 else None
    if found is not None or len(lot) <= _FEW:
        yield lot, found
        return
    half = len(lot) // 2
    yield from _halved(reader, lot[:half], options)
    yield from _halved(reader, lot[half:], options)


def _together(reader: GatheringReader, lot: Sequence[Numbered], options: ReadOptions) -> Gathered | None:
    try:
        return reader.gather([file for _, file in lot], options)
    except ANY_FAILURE:  # whatever it is, reading them one by one says of which file
        return None


def _lots(files: Sequence[Numbered], most: int) -> Iterator[Sequence[Numbered]]:
    """Cut files into lots: up to so many small ones together, a larger one alone."""
    begin = size = 0
    for n, (_, file) in enumerate(files):
        alone = file.size > _SMALL
        if n > begin and (alone or size + file.size > _LOT_BYTES or n - begin == most):
            yield files[begin:n]
            begin, size = n, 0
        size += _LOT_BYTES if alone else file.size
    if begin < len(files):
        yield files[begin:]
