"""A layer around a lake that passes everything on: what lies around lakes changes only what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ...domain.parts import Part


class LakeLayer(Lake):
    """Passes everything on to the lake beneath; ``unit`` is for the layer to say."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.snapshots, self.lineage = lake.snapshots, lake.lineage
        self.sink, self.ladders = lake.sink, lake.ladders
        self.journal = lake.journal

    def settle(self) -> None:
        self._lake.settle()

    def renew_journal(self) -> None:
        self._lake.renew_journal()

    def held(self) -> AbstractContextManager[None]:
        return self._lake.held()

    def journal_position(self) -> int:
        return self._lake.journal_position()

    def copy_to(self, folder: Path) -> None:
        self._lake.copy_to(folder)

    def close(self) -> None:
        self._lake.close()


class UnitLayer(ImportUnitOfWork):
    """Passes on to the unit beneath, and notes the parts that it changes; ``commit`` is for the layer to say."""

    def __init__(self, unit: ImportUnitOfWork) -> None:
        self._unit = unit
        #: What the unit adds, by name, and what it drops of that which stood before it.
        self._added: dict[str, Part] = {}
        self._dropped: dict[str, Part] = {}

    def __enter__(self) -> Self:
        unit = self._unit
        unit.__enter__()
        self.snapshots, self.lineage, self.sink, self.ladders = unit.snapshots, unit.lineage, unit.sink, unit.ladders
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unit.__exit__(kind, error, trace)

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        self._unit.add_part(part, snapshots)
        self._added[part.key.name] = part

    def drop_part(self, part: Part) -> None:
        self._unit.drop_part(part)
        if self._added.pop(part.key.name, None) is None:
            self._dropped[part.key.name] = part

    def _commit(self, look_again: Callable[[], None]) -> None:
        """Commit the unit beneath, and ``look_again`` if that fails: only the store knows what became of it."""
        try:
            self._unit.commit()
        except BaseException:
            with suppress(Exception):  # the error that is on its way says more
                look_again()
            raise
