"""A program that imports a source into a lake and dies abruptly at a chosen step: ``STEP COUNT SOURCE LAKE``.

It dies as if the power went, without any clean-up, when the step is reached for the COUNT-th time. With the step
``none`` it imports to the end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.duckdb.unit_of_work import DuckDbUnitOfWork
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.parquet.paths import LADDERS, LakePaths
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.import_history import ImportHistory, ImportRequest
from gexlake.application.ports.strike_sink import PartWriter
from gexlake.application.replay_rejects import ReplayRejects
from gexlake.domain import OnConflict
from gexlake.domain.parts import Part, PartKey

STATUS = 9


class Death:
    """Counts how often its step is reached."""

    def __init__(self, step: str, count: int) -> None:
        self._step, self._left = step, count

    def at(self, step: str) -> None:
        """Die, if this is the step and the time."""
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os._exit(STATUS)


class DyingWriter(PartWriter):
    """A part writer that can die around each of its steps."""

    def __init__(self, writer: PartWriter, death: Death) -> None:
        self._writer, self._death = writer, death

    def write(self, snapshots: Any, ladders: Any) -> None:
        self._writer.write(snapshots, ladders)
        self._death.at("written")

    def close(self) -> Part:
        self._death.at("before close")
        part = self._writer.close()
        self._death.at("closed")
        return part

    def abort(self) -> None:
        self._writer.abort()


class DyingSink(ParquetStrikeSink):
    """A Parquet sink that can die before, between and after the renames, and around what it removes."""

    def __init__(self, folder: Path, death: Death) -> None:
        super().__init__(folder)
        self._death, self._lake = death, LakePaths(folder)

    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        return DyingWriter(super().stage(key, sources), self._death)

    def publish(self, part: Part) -> None:
        self._death.at("before publish")
        staged, published = self._lake.staged(part.key, LADDERS), self._lake.published(part.key, LADDERS)
        if staged.exists():
            published.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(published)
        self._death.at("half published")
        super().publish(part)
        self._death.at("published")

    def retire(self, part: Part) -> None:
        self._death.at("before retire")
        self._lake.published(part.key, LADDERS).unlink(missing_ok=True)
        self._death.at("half retired")
        super().retire(part)
        self._death.at("retired")

    def discard(self, unit: str) -> None:
        self._death.at("before discard")
        super().discard(unit)
        self._death.at("discarded")


class DyingUnitOfWork(DuckDbUnitOfWork):
    """A unit of work that can die on either side of the database's commit."""

    death: Death

    def _commit_store(self) -> None:
        self.death.at("before commit")
        super()._commit_store()
        self.death.at("committed")


class DyingLake(DuckDbLake):
    """A lake whose units can die."""

    def __init__(self, folder: Path, death: Death) -> None:
        super().__init__(folder, DyingSink(folder, death), ParquetStrikeSource(folder))
        self._death = death

    def unit(self) -> DyingUnitOfWork:
        unit = DyingUnitOfWork(self._database, self.sink, self.ladders)
        unit.death = self._death
        return unit


def main(step: str, count: str, source: str, lake: str, policy: str = "keep") -> None:
    """Import, or replay if the source is ``rejects``, and die on the way if told to."""
    opened = DyingLake(Path(lake), Death(step, int(count)))
    if source == "rejects":
        print(ReplayRejects(opened, SystemClock()).run(None, on_conflict=OnConflict(policy)).status.value)
        opened.close()
        return
    history = ImportHistory(opened, {"legacy": LegacyReader}, InlineWorkPool(), SystemClock())
    request = ImportRequest(Path(source), on_conflict=OnConflict(policy), batch_size=50)
    run = history.run(request, SilentProgress())
    opened.close()
    print(run.status.value)


if __name__ == "__main__":
    main(*sys.argv[1:])
