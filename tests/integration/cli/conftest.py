"""A lake on disk with two minutes of two feeds, and the command line on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.feed import Feed
from gexlake.domain.runs import Counts, FileStatus, FileTally, RunStatus
from gexlake.domain.snapshot import GexSnapshot, StrikeLevel
from gexlake.entrypoints.cli import main
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.lakes import writing
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing.builders import make_file, make_reject, make_rejects, make_run, make_snapshot, stage_part

OPEN = datetime(2025, 10, 6, 13, 30, 2, tzinfo=UTC)
ZERO = Feed("NQ_NDX", "classic", "gex_zero")
FULL = Feed("NQ_NDX", "classic", "gex_full")
COUNT = 120
RAW = b'{"timestamp":1759757402,"ticker":"NQ_NDX",\n "spot":-1}'


def snapshot(second: int, feed: Feed) -> GexSnapshot:
    """Make the snapshot of a second of the session; the first has no zero gamma and no walls yet."""
    ladder = tuple(
        StrikeLevel(strike=25_000.21 + 10 * row, gamma=row + second, oi_gamma=0.5, priors=(1, 2, 3, 4, 5))
        for row in range(40)
    )
    return make_snapshot(
        **feed._asdict(),
        timestamp=OPEN + timedelta(seconds=second),
        spot=25_187.21 + second,
        zero_gamma=25_100.5 if second else 0,
        major_pos_vol=25_207.21 if second else 0,
        strikes=ladder,
        extra={"source_note": "kept"},
    )


def fill(lake: Lake, feed: Feed, import_id: str) -> None:
    """Put two minutes of a feed into a lake, with their lineage."""
    file_id = lake.lineage.next_file_id()
    part, table = stage_part(lake.sink, [snapshot(second, feed) for second in range(COUNT)], file_id=file_id)
    file = make_file(
        file_id,
        import_id=import_id,
        source_file=f"history/2025-10-06_{feed.category}.json",
        status=FileStatus.PARTIAL,
        counts=Counts(read=COUNT + 1, accepted=COUNT, rejected=1, strikes=40 * COUNT),
        errors=("breaks off after record 120",),
    )
    run = make_run(import_id, status=RunStatus.PARTIAL, files=FileTally(found=1, partial=1), counts=file.counts)
    with lake.unit() as unit:
        unit.add_part(part, table)
        unit.lineage.add_file(file)
        unit.lineage.add_rejects(make_rejects([make_reject(7, raw=RAW)], file_id))
        unit.lineage.save_run(run)
        unit.commit()


@pytest.fixture(scope="session")
def make_lake() -> Callable[[Path], Path]:
    """Give a function that makes a lake of two feeds in a folder."""

    def make(folder: Path) -> Path:
        with writing(build_container(Settings(lake=folder))) as lake:
            fill(lake, ZERO, "run-1")
            fill(lake, FULL, "run-2")
        return folder

    return make


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, make_lake: Callable[[Path], Path]) -> Path:
    """Give a lake that tests only read."""
    return make_lake(tmp_path_factory.mktemp("lakes") / "lake")


@pytest.fixture
def gexlake(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Give the command line on that lake: exit status, stdout and stderr."""
    monkeypatch.setenv("GEXLAKE_LAKE", str(folder))
    monkeypatch.delenv("COLUMNS", raising=False)  # workers of the test run have one

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main.run(arguments)
        return status, *capfd.readouterr()

    return call
