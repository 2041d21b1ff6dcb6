"""A lake that another process has: its stores are asked there, and its ladders are read here.

The file of a DuckDB that one process may change lets no other one in (ADR 0019); Parquet files do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Never, Protocol, cast

from ...application.ports.lineage_store import LineageStore, StoredReject
from ...application.ports.snapshot_store import SnapshotStore
from ...application.ports.strike_sink import StrikeStorage
from ...application.ports.unit_of_work import Lake
from .questions import question

#: Rejects come with their records, which may have 2 MB each: so many at a time.
_PAGE = 200


class Line(Protocol):
    """A line to the process that has the lake."""

    def ask(self, store: str, name: str, written: bytes) -> bytes:
        """Have a question put to a store of the lake; give the answer as it was written."""

    def close(self) -> None:
        """Hang up."""


class AskedLake(Lake):
    """What another process knows of its lake, and ladders from ``storage``; nothing of it can be changed."""

    def __init__(self, line: Line, storage: StrikeStorage) -> None:
        self._line = line
        self.sink, self.ladders = storage
        self.snapshots = cast("SnapshotStore", _AskedStore("snapshots", self._ask))
        self.lineage = cast("LineageStore", _AskedLineage("lineage", self._ask))

    def unit(self) -> Never:
        raise NotImplementedError

    def settle(self) -> None:
        """Leave it to the other process."""

    def close(self) -> None:
        self._line.close()

    def _ask(self, store: str, name: str, *arguments: Any, **named: Any) -> Any:
        asked = question(store, name)
        return asked.read(self._line.ask(store, name, asked.written(*arguments, **named)))


class _AskedStore:
    """Passes the questions of its port on."""

    def __init__(self, store: str, ask: Callable[..., Any]) -> None:
        self._store, self._ask = store, ask

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._ask, self._store, name)


class _AskedLineage(_AskedStore):
    """Has rejects come in pages."""

    def rejects(self, *, limit: int | None = None, after: int = 0, **named: Any) -> Iterator[StoredReject]:
        while limit is None or limit > 0:
            size = _PAGE if limit is None else min(limit, _PAGE)
            page: list[StoredReject] = self._ask(self._store, "rejects", limit=size, after=after, **named)
            yield from page
            if len(page) < size:
                return
            after, limit = page[-1].reject_id, None if limit is None else limit - size
