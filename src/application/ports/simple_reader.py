"""The port of simple readers: those that give records one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ...domain.snapshot import INT64, GexSnapshot


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record that is still to be judged.

    ``fields`` has the vendor's names (``docs/plugins.md`` lists them); ``package`` and ``category`` in it choose the
    feed, and what has no place in a snapshot is kept in ``extra``. ``raw`` is the record word for word, for the
    rejects: without it they keep the fields as JSON. ``byte_offset`` is where the record starts in its file; progress
    follows it.

    Raises:
        TypeError: ``raw`` is not bytes, or ``byte_offset`` no whole number.
        ValueError: ``byte_offset`` is no place in a file.
    """

    fields: Mapping[str, Any]
    raw: bytes = b""
    byte_offset: int | None = None

    def __post_init__(self) -> None:
        """Refuse within the reader what would be found out when the records around this one are stored with it."""
        raw: object = self.raw
        if not isinstance(raw, bytes | bytearray):
            raise TypeError(f"raw is of type {type(raw).__name__}; give the record's words as bytes")
        if self.byte_offset is not None and not 0 <= index(self.byte_offset) < INT64:
            raise ValueError(f"byte_offset is {self.byte_offset}, which is no place in a file")


#: What a simple reader may give. Bare fields stand for a ``SourceRecord`` of them.
AnyRecord: TypeAlias = GexSnapshot | SourceRecord | Mapping[str, Any]


@runtime_checkable
class SimpleReader(Protocol):
    """Reads one kind of file, record by record; gexlake makes the batches, counts, and finds the files.

    Fields are judged by the rules of the domain: one that breaks a rule becomes a reject, and the reading goes on. A
    ``GexSnapshot`` must keep them when it is made. Both methods may raise ``OSError`` as the system gives it, and
    ``SourceUnreadable`` when nothing at all can be read. A reader is pickled for the workers.
    """

    name: str

    def knows(self, file: Path) -> bool:
        """Whether this reader can make something of a file; asked for every file of a folder, so look, do not read."""

    def records(self, file: Path) -> Iterable[AnyRecord]:
        """Give the records of a file, in an order that is always the same."""
