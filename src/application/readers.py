"""Choosing the reader of a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..domain.errors import NoReaderForSource, SourceNotFound, UnknownAdapter
from .ports.source_reader import SourceReader


def choose_reader(readers: Mapping[str, Callable[[], SourceReader]], source: Path, name: str | None) -> SourceReader:
    """Give the reader of that name, or the first that knows the source, in the order of registration.

    Raises:
        UnknownAdapter: no reader has that name.
        SourceNotFound: there is no such folder or file, and no reader makes something of its name.
        NoReaderForSource: no reader knows it.
    """
    if name is not None:
        if name not in readers:
            raise UnknownAdapter("reader", name, tuple(readers))
        chosen = readers[name]()
        if not source.exists() and not chosen.knows(source):
            raise SourceNotFound(str(source))
        return chosen
    for factory in readers.values():
        reader = factory()
        if reader.knows(source):
            return reader
    if not source.exists():
        raise SourceNotFound(str(source))
    raise NoReaderForSource(str(source), tuple(readers))
