"""Choosing the reader of a source, and asking it for its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ....domain.errors import (
    ANY_FAILURE,
    GexlakeError,
    NoReaderForSource,
    ReaderFailed,
    SourceNoFile,
    SourceNotFound,
    UnknownAdapter,
)
from ....domain.sentences import in_a_line
from ....domain.snapshot import INT64
from ...ports.source_reader import SourceFile, SourceReader
from ...presence import exists, is_dir, is_file

Readers = Mapping[str, Callable[[], SourceReader]]


def canonical(source: Path) -> Path:
    """Give the one path by which a source is known, however it was named; a file keeps its own name."""
    return source.resolve() if source.is_dir() else source.parent.resolve() / source.name


def choose_reader(readers: Readers, source: Path, name: str | None) -> SourceReader:
    """Give the reader of that name, or the first that knows the source, in the order of ``readers``.

    Raises:
        UnknownAdapter: no reader has that name.
        SourceNotFound: there is no such folder or file, and no reader makes something of its name.
        SourceNoFile: it is something else, and no reader knows it.
        NoReaderForSource: no reader knows it.
        ReaderFailed: one cannot even say whether it knows it.
    """
    if name is not None:
        if name not in readers:
            raise UnknownAdapter("reader", name, tuple(readers))
        chosen = _made(readers, name, source)
        if not (_there(source) or _knows(chosen, source)):
            raise _missing(source)
        return chosen
    for other in readers:
        if _knows(reader := _made(readers, other, source), source):
            return reader
    raise NoReaderForSource(str(source), tuple(readers)) if _there(source) else _missing(source)


def also_known(readers: Readers, source: Path, chosen: SourceReader) -> list[str]:
    """Name the other readers that find files in a folder which the chosen one does not: those would be left out.

    A reader that fails over it is not named: nobody asked for it, and the import goes on without.
    """
    named: list[str] = []
    if not source.is_dir() or len(readers) == 1:
        return named
    with suppress(GexlakeError, OSError):  # of the chosen one: the import will say so
        taken = {file.path for file in files_of(chosen, source)}
        for name in readers:
            with suppress(GexlakeError, OSError):
                reader = _made(readers, name, source)
                if reader.name != chosen.name and any(file.path not in taken for file in files_of(reader, source)):
                    named.append(name)
    return named


def files_of(reader: SourceReader, source: Path) -> Iterator[SourceFile]:
    """Give the files that a reader finds in a source.

    Raises:
        ReaderFailed: it breaks down over it.
    """
    try:
        for file in reader.discover(source):
            yield _checked(file)
    except (GexlakeError, OSError):
        raise
    except ANY_FAILURE as error:
        raise ReaderFailed(reader.name, str(source), in_a_line(error)) from error


def _there(source: Path) -> bool:
    return is_dir(source) or is_file(source)


def _missing(source: Path) -> GexlakeError:
    return SourceNoFile(str(source)) if exists(source) else SourceNotFound(str(source))


def _checked(file: object) -> SourceFile:
    if not isinstance(file, SourceFile):
        raise TypeError(f"it gave {file!r:.60} instead of a SourceFile")
    if not 0 <= file.size < INT64:
        raise ValueError(f"a file has a size of {file.size}")
    return file


def _made(readers: Readers, name: str, source: Path) -> SourceReader:
    try:
        return readers[name]()
    except ANY_FAILURE as error:
        raise ReaderFailed(name, str(source), in_a_line(error)) from error


def _knows(reader: SourceReader, source: Path) -> bool:
    try:
        return reader.knows(source)
    except OSError:
        raise
    except ANY_FAILURE as error:
        raise ReaderFailed(reader.name, str(source), in_a_line(error)) from error
