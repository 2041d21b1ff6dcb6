"""A lake that says which feeds each commit has changed, whoever commits."""

from __future__ import annotations

from collections.abc import Callable

from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ...domain.feed import Feed
from .lake_layer import LakeLayer, UnitLayer

#: Hears which feeds have changed.
Listener = Callable[[set[Feed]], None]


class WatchedLake(LakeLayer):
    """Passes everything on to another lake, and tells ``changed`` of each commit of parts once it has taken place."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.changed: list[Listener] = []

    def unit(self) -> ImportUnitOfWork:
        """Begin a unit of work that is watched."""
        return _WatchedUnit(self._lake.unit(), self.changed)


class _WatchedUnit(UnitLayer):
    def __init__(self, unit: ImportUnitOfWork, changed: list[Listener]) -> None:
        super().__init__(unit)
        self._changed = changed

    def commit(self) -> None:
        try:
            self._unit.commit()
        finally:  # an error may come after the store has committed
            feeds = {part.key.feed for part in (*self._added.values(), *self._dropped.values())}
            for hear in self._changed if feeds else ():
                hear(feeds)
