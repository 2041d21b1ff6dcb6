"""What can be done to a lake in one go, to be killed on the way and done again: the steps of the crash sweep."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from gexlake.adapters.duckdb.connection import Tuning
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.import_history import ImportHistory, ImportRequest
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.application.replay_rejects import ReplayRejects
from gexlake.application.verify_lake import VerifyLake
from gexlake.domain import OnConflict, RunStatus

Step = Callable[[Path, Path], None]
#: So small that some commits are followed by a checkpoint and some are not.
_CHECKPOINT = 20_000


def open_lake(folder: Path, *, read_only: bool = False) -> DuckDbLake:
    """Open a lake with the adapters that a user has."""
    tuning = Tuning(checkpoint_bytes=_CHECKPOINT)
    sink, source = ParquetStrikeSink(folder), ParquetStrikeSource(folder)
    return DuckDbLake(folder, sink, source, read_only=read_only, tuning=tuning)


def _imported(lake: Path, request: ImportRequest) -> None:
    with closing(open_lake(lake)) as opened:
        history = ImportHistory(opened, {"legacy": LegacyReader}, InlineWorkPool(), SystemClock())
        history.run(request, SilentProgress())


def first(lake: Path, sources: Path) -> None:
    """Import into a lake that need not be there."""
    _imported(lake, ImportRequest(sources / "first", batch_size=10))


def replace(lake: Path, sources: Path) -> None:
    """Import what takes the place of stored snapshots."""
    _imported(lake, ImportRequest(sources / "second", batch_size=10, on_conflict=OnConflict.REPLACE))


def refuse(lake: Path, sources: Path) -> None:
    """Import under the policy that a conflict ends the run."""
    _imported(lake, ImportRequest(sources / "second", batch_size=10, on_conflict=OnConflict.FAIL))


def clear(lake: Path, sources: Path) -> None:
    """Take out what the first source gave, and import a part of it anew."""
    feeds = FeedFilter(categories=frozenset({"gex_zero"}))
    _imported(lake, ImportRequest(sources / "first", batch_size=10, feeds=feeds, clear_existing=True))


def replay(lake: Path, _: Path) -> None:
    """Let what lost a conflict win; a replay that is in is not done twice."""
    with closing(open_lake(lake)) as opened:
        opened.settle()
        if not any("replay" in run.options for run in opened.lineage.runs(status=RunStatus.SUCCESS)):
            lost = {stored.reject_id for stored in opened.lineage.rejects(reason="conflict", pending=True)}
            ReplayRejects(opened, SystemClock()).run(lost, on_conflict=OnConflict.REPLACE)


STEPS: dict[str, Step] = {step.__name__: step for step in (first, replace, refuse, clear, replay)}


def check(lake: Path) -> None:
    """Fail with the sentences of whatever ``gexlake verify`` finds off."""
    with closing(open_lake(lake, read_only=True)) as opened:
        account = VerifyLake(opened).run()
    assert not account.disagreements, [str(one) for one in account.disagreements]
