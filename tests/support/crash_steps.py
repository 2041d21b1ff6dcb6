"""What can be done to a lake in one go, to be killed on the way and done again: the steps of the crash sweep."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from gexlake.adapters.disk.files import free_name
from gexlake.adapters.duckdb.connection import Tuning
from gexlake.adapters.duckdb.index import DuckDbIndex
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.journal.files import FileJournal
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.keeping.back_up_lake import BackUpLake, restore_lake
from gexlake.application.keeping.compact_lake import CompactLake
from gexlake.application.keeping.dismiss_rejects import ChosenRejects, DismissRejects
from gexlake.application.keeping.rebuild_lake import RebuildLake
from gexlake.application.keeping.remove_source import NothingFromSource, RemoveSource
from gexlake.application.keeping.repair_lake import RepairLake
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.application.ports.strike_sink import StrikeStorage
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.runs import OnConflict, RunStatus

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


def begin(lake: Path, sources: Path) -> None:
    """Import two files into a lake that need not be there: one unit is committed while another one is staged."""
    _imported(lake, ImportRequest(sources / "day", batch_size=10))


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
            lost = [stored.reject_id for stored in opened.lineage.rejects(reason="conflict", pending=True)]
            ReplayRejects(opened, SystemClock()).run(lost, on_conflict=OnConflict.REPLACE)


def dismiss(lake: Path, _: Path) -> None:
    """Dismiss all that wait."""
    with closing(open_lake(lake)) as opened:
        opened.settle()
        DismissRejects(opened, SystemClock()).run(ChosenRejects())


def migrate(lake: Path, _: Path) -> None:
    """Bring a lake of the first version to the present one."""
    with closing(open_lake(lake)) as opened:
        opened.settle()


def rebuild(lake: Path, _: Path) -> None:
    """Make a damaged database anew."""
    storage = StrikeStorage(ParquetStrikeSink(lake), ParquetStrikeSource(lake))
    RebuildLake(DuckDbIndex(lake, storage), FileJournal(lake), SystemClock()).run()


def repair(lake: Path, sources: Path) -> None:
    """Set aside what is damaged, and import its sources again."""
    with closing(open_lake(lake)) as opened:
        opened.settle()
        RepairLake(opened, {"legacy": LegacyReader}, SystemClock()).run()
    first(lake, sources)


def compact(lake: Path, _: Path) -> None:
    """Make one part of each day."""
    with closing(open_lake(lake)) as opened:
        opened.settle()
        CompactLake(opened, SystemClock()).run()


def remove(lake: Path, sources: Path) -> None:
    """Take out what one of many small files gave, unless it is done: what is left of its part is written anew."""
    small = min((sources / "first" / "small").iterdir())
    with closing(open_lake(lake)) as opened, suppress(NothingFromSource):
        opened.settle()
        RemoveSource(opened, {"legacy": LegacyReader}, SystemClock()).run([str(small)])


def copy(lake: Path, _: Path) -> None:
    """Back a lake up, unless it is done, and restore it in its own place."""
    place = lake.with_name(f"{lake.name}.backup")
    if not place.exists():
        with closing(open_lake(lake)) as opened:
            opened.settle()
            BackUpLake(opened).run(place)
    aside = free_name(lake.with_name(f"{lake.name}.aside"))
    restore_lake(place, lake, check=check, make_way=lambda: _move(lake, aside))


def _move(lake: Path, aside: Path) -> None:
    lake.rename(aside)


_ALL = (begin, first, replace, refuse, clear, replay, dismiss, migrate, rebuild, repair, remove, compact, copy)
STEPS: dict[str, Step] = {step.__name__: step for step in _ALL}


def harm_database(lake: Path) -> None:
    """Damage the database, and leave a log beside it that nobody can replay."""
    database = lake / "gex.duckdb"
    database.write_bytes(b"x" * 4096 + database.read_bytes()[4096:])
    (lake / "gex.duckdb.wal").write_bytes(b"x" * 100)


def harm_parts(lake: Path) -> None:
    """Damage a part, and put a file among the parts that does not belong there."""
    part = max((lake / "strikes").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-100])
    (lake / "snapshots" / "notes.txt").write_bytes(b"mine")


def check(lake: Path) -> None:
    """Fail with the sentences of whatever ``gexlake verify`` finds off."""
    with closing(open_lake(lake, read_only=True)) as opened:
        account = VerifyLake(opened).run()
    assert not account.disagreements, [str(one) for one in account.disagreements]
