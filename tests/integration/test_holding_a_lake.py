"""A lake that programs hold open or ask beside others: imports, servers, threads, and being stopped."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb
import pytest

import gexlake
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.synthetic.generate import write_history
from gexlake.domain.errors import LakeBusy, LakeDamaged
from gexlake.domain.snapshot import GexSnapshot
from gexlake.entrypoints.python.open_lake import OpenLake
from support.commands import Commands, Said
from support.server import Server

NQ = "NQ_NDX/classic/gex_zero"


class Archive:
    """A history of one day or more, and its lake."""

    def __init__(self, place: Path, commands: Commands) -> None:
        self.history, self.lake = place / "history", place / "lake"
        self._commands, self._days = commands, 0

    def grow(self) -> None:
        """Have another day recorded and imported."""
        self._days += 1
        write_history(self.history, days=self._days, snapshots=1_200, strikes=5)
        said = self.imported()
        assert said.status == 0, said

    def imported(self) -> Said:
        """Import what there is."""
        return self._commands("import", self.history, "--lake", self.lake)


@pytest.fixture
def archive(tmp_path: Path, commands: Commands) -> Archive:
    """One of a day."""
    made = Archive(tmp_path, commands)
    made.grow()
    return made


def test_commands_that_help_are_of_the_lake(archive: Archive) -> None:
    """In a block as without one: a shell knows nothing of the lake that a program has opened."""
    min((archive.lake / "strikes").rglob("*.parquet")).unlink()
    lake = gexlake.open(archive.lake)
    cure = f"'gexlake repair --lake {archive.lake}' names the sources"
    with pytest.raises(LakeDamaged, match=cure):
        lake.snapshot("NQ_NDX")
    with lake, pytest.raises(LakeDamaged, match=cure):
        lake.snapshot("NQ_NDX")


def test_what_is_imported_meanwhile_is_known(archive: Archive) -> None:
    """Nobody waits for a notebook that stays open: not even in the middle of a replay."""
    lake = gexlake.open(archive.lake)
    replayed = lake.replay("NQ_NDX")
    begun = [next(replayed) for _ in range(3)]
    archive.grow()
    assert lake.days().num_rows == 2
    moments = [row["timestamp"] for row, _ in [*begun, *replayed]]
    assert moments == sorted(set(moments))
    assert len(moments) == 1_200


def test_a_lake_that_is_held_keeps_imports_out(archive: Archive) -> None:
    """It says so; at the end of the block the lake is free."""
    with gexlake.open(archive.lake) as lake:
        assert lake.snapshot("NQ_NDX") == lake.snapshot("NQ_NDX")
        said = archive.imported()
        assert (said.status, "in use" in said.err) == (3, True), said
    assert archive.imported().status == 0


def test_beside_a_server_the_answers_are_the_same(archive: Archive, commands: Commands) -> None:
    """Of all questions; and its imports are known."""
    folder = archive.lake

    def answers(lake: OpenLake) -> list[Any]:
        ticks = lake.snapshots("NQ_NDX").column("timestamp")
        asked: list[Any] = [lake.feeds(), lake.days(), lake.snapshot("NQ_NDX", ticks[7].as_py())]
        asked += [lake.coverage(), lake.lineage(), lake.rejects(settled=True, raw=True), lake.flagged()]
        tables = [lake.snapshots("NQ_NDX"), lake.ladders("NQ_NDX"), lake.as_of("NQ_NDX", ticks)]
        # The schemas as text: to pyarrow lists are equal whatever it calls what they hold, to other kinds of Arrow not.
        asked += [*tables, *(str(table.schema) for table in tables)]
        return [*asked, list(lake.replay("NQ_NDX"))]

    before = answers(gexlake.open(folder))
    with Server(folder, commands):
        lake = gexlake.open(folder)
        assert answers(lake) == before
        with lake:
            assert answers(lake) == before
            archive.grow()
            assert lake.days().num_rows == 2


def test_threads_may_ask_at_a_time(archive: Archive) -> None:
    """Each opens the lake for itself."""
    lake = gexlake.open(archive.lake)
    moments = lake.snapshots("NQ_NDX").column("timestamp").to_pylist()[1::60]

    def ask(moment: datetime) -> GexSnapshot:
        return lake.snapshot("NQ_NDX", moment)

    with ThreadPoolExecutor(4) as threads:
        assert [one.timestamp for one in threads.map(ask, moments)] == moments


def is_held(folder: Path) -> bool:
    """Say whether anybody holds the lake, this process or another."""
    try:
        DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder)).close()
    except LakeBusy:
        return True
    return False


def test_the_last_of_the_blocks_lets_go(archive: Archive) -> None:
    """Whether they lie in one another or are of several threads, and however they end."""
    lake = gexlake.open(archive.lake)
    with lake:
        with pytest.raises(KeyError), lake:
            raise KeyError
        assert is_held(archive.lake)
    assert not is_held(archive.lake)

    def ask(moment: datetime) -> GexSnapshot:
        with lake:
            return lake.snapshot("NQ_NDX", moment)

    moments = lake.snapshots("NQ_NDX").column("timestamp").to_pylist()[1::60]
    with ThreadPoolExecutor(4) as threads:
        assert [one.timestamp for one in threads.map(ask, moments)] == moments
    assert not is_held(archive.lake)


@contextmanager
def stopped_in(function: str) -> Iterator[None]:
    """Have Ctrl-C come when a function is called."""

    def stop(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == function:
            sys.setprofile(None)
            raise KeyboardInterrupt

    sys.setprofile(stop)
    try:
        yield
    finally:
        sys.setprofile(None)


def test_a_block_that_is_stopped_while_it_begins_lets_go(archive: Archive) -> None:
    """While the lake comes into memory."""
    lake = gexlake.open(archive.lake)
    with pytest.raises(KeyboardInterrupt), stopped_in("serve_lake"):
        lake.__enter__()
    assert not is_held(archive.lake)
    with lake:
        assert is_held(archive.lake)


def test_a_question_that_is_stopped_leaves_nothing_to_the_next(archive: Archive, commands: Commands) -> None:
    """Not its answer, where it was put to a server."""
    with Server(archive.lake, commands), gexlake.open(archive.lake) as lake:
        with pytest.raises(KeyboardInterrupt), stopped_in("getresponse"):
            lake.feeds()
        assert lake.snapshot("NQ_NDX").ticker == "NQ_NDX"
        assert lake.feeds() == [NQ]


def test_a_server_may_go_and_come_in_the_middle_of_a_block(archive: Archive, commands: Commands) -> None:
    """The same program gives the same answers, in threads too."""
    lake = gexlake.open(archive.lake)
    moments = lake.snapshots("NQ_NDX").column("timestamp").to_pylist()[1::60]

    def ask(moment: datetime) -> GexSnapshot:
        return lake.snapshot("NQ_NDX", moment)

    with Server(archive.lake, commands) as first, lake:
        with ThreadPoolExecutor(4) as threads:
            assert [one.timestamp for one in threads.map(ask, moments)] == moments
        first.kill()
        with Server(archive.lake, commands) as second:
            assert ask(moments[0]).timestamp == moments[0]
            second.kill()
        assert ask(moments[1]).timestamp == moments[1]
        assert is_held(archive.lake)
    assert not is_held(archive.lake)


def test_a_connection_of_the_program_itself_is_told_as_such(archive: Archive) -> None:
    """Nobody is told to stop the notebook that asks."""
    lake = gexlake.open(archive.lake)
    with (
        duckdb.connect(str(archive.lake / "gex.duckdb"), read_only=True),
        pytest.raises(gexlake.LakeBusy, match=r"open in this process already.*Close that, and ask again"),
    ):
        lake.feeds()
    assert lake.feeds() == [NQ]
