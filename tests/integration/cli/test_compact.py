"""``gexlake compact``, on a lake into which a growing recording was imported bit by bit."""

import json
import resource
import shutil
import sys
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.server import Server

QUESTION = ("query", "NQ_NDX", "--start", "2025-11-01", "--json", "--ladder")


class Recorded:
    """A recording of one session and of most of another, and the lake of it."""

    def __init__(self, place: Path, commands: Commands) -> None:
        self._commands = commands
        self.history, self.lake = place / "history", place / "lake"
        early, late = write_history(place / "whole", days=2, snapshots=60, strikes=20, form="jsonl")
        self.history.mkdir()
        (self.history / early.name).write_bytes(early.read_bytes())
        lines = late.read_bytes().splitlines(keepends=True)
        for much in (20, 40, 60):
            (self.history / late.name).write_bytes(b"".join(lines[:much]))
            self("import", self.history)

    def __call__(self, *words: str | Path) -> str:
        """Run a command on the lake, and give what it says."""
        said = self._commands(*words, "--lake", self.lake)
        assert said.status == 0, said
        return said.out

    def parts(self) -> list[str]:
        """Name the parts by their files."""
        return sorted(file.stem for file in (self.lake / "strikes").rglob("*.parquet"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Recorded:
    """Make the lake once; nobody changes this one, nor its sources."""
    return Recorded(tmp_path_factory.mktemp("whole"), commands)


@pytest.fixture
def recorded(whole: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """A copy of the lake, whose sources stay where they are."""
    monkeypatch.setattr(whole, "lake", shutil.copytree(whole.lake, tmp_path / "lake"))
    return whole


def test_a_day_that_came_bit_by_bit_becomes_one_part(recorded: Recorded) -> None:
    """All else is as it was: answers, the account, the sources that are read again, a database made anew."""
    before, parts = recorded(*QUESTION), recorded.parts()
    assert len(parts) == 4
    told = recorded("compact", "--dry-run")
    assert "NQ_NDX/classic/gex_zero  2025-11-14  3 parts would become one" in told
    assert recorded.parts() == parts

    assert "NQ_NDX/classic/gex_zero  2025-11-14  3 parts became one" in recorded("compact")
    assert len(recorded.parts()) == 2
    assert recorded(*QUESTION) == before
    assert "everything is accounted for" in recorded("verify", "--deep", recorded.history)
    assert "1 part" not in recorded("compact")
    (recorded.lake / "gex.duckdb").unlink()
    assert "made anew" in recorded("rebuild")
    assert recorded(*QUESTION) == before
    assert "2 unchanged" in recorded("import", recorded.history)


def test_scripts_read_what_became_of_which_day(recorded: Recorded) -> None:
    """And that nothing is left to be done."""
    (day,) = json.loads(recorded("compact", "--json"))["days"]
    assert day.pop("bytes_before") > day.pop("bytes_after") > 0
    feed = {"ticker": "NQ_NDX", "package": "classic", "category": "gex_zero"}
    assert day == feed | {"date": "2025-11-14", "parts": 3, "snapshots": 60}
    assert json.loads(recorded("compact", "--json")) == {"dry_run": False, "days": []}
    assert "nothing to compact" in recorded("compact")


def test_a_server_compacts_its_own_lake(recorded: Recorded, commands: Commands) -> None:
    """It answers as before, and goes on doing so when it is begun anew."""
    with Server(recorded.lake, commands) as server:
        question = ("/gex", None, "")
        before = server.ask(*question, symbol="NQ_NDX", limit=1000)
        assert "3 parts would become one" in recorded("compact", "--dry-run")
        assert len(recorded.parts()) == 4
        assert "3 parts became one" in recorded("compact")
        assert len(recorded.parts()) == 2
        assert server.ask(*question, symbol="NQ_NDX", limit=1000) == before
        assert "everything is accounted for" in recorded("verify")
    assert "120" in recorded("query", "--feeds")


def test_beside_imports_nothing_is_lost(recorded: Recorded, commands: Commands, tmp_path: Path) -> None:
    """In a server they take turns: each import begins by tidying up what nobody has committed."""
    (spx,) = write_history(tmp_path / "whole", days=1, ticker="SPX", snapshots=60, strikes=20, form="jsonl")
    lines = spx.read_bytes().splitlines(keepends=True)
    (growing := tmp_path / "growing").mkdir()
    with Server(recorded.lake, commands):
        for much in range(10, 70, 10):
            (growing / spx.name).write_bytes(b"".join(lines[:much]))
            importing = commands.begin("import", growing, "--lake", recorded.lake)
            recorded("compact")
            assert importing.wait(60) == 0, importing.communicate()
            importing.stderr.close()
        recorded("compact")
        for source in (recorded.history, growing):
            assert "everything is accounted for" in recorded("verify", "--deep", source)
    assert len(recorded.parts()) == 3


def test_on_a_full_disk_all_stays_as_it_was(recorded: Recorded, commands: Commands) -> None:
    """With room the same command does it."""
    parts = recorded.parts()
    said = commands("compact", "--lake", recorded.lake, file_bytes=512)
    assert (said.status, "The disk is full" in said.err) == (3, True), said
    assert recorded.parts() == parts
    assert list((recorded.lake / "staging").iterdir()) == []
    assert "3 parts became one" in recorded("compact")


def test_without_a_lake_the_cure_is_an_import(commands: Commands, tmp_path: Path) -> None:
    """None is made."""
    for words in (("compact",), ("compact", "--dry-run")):
        said = commands(*words, "--lake", tmp_path / "none")
        assert (said.status, said.out, "gexlake import" in said.err) == (3, "", True)
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else limits the files of a process that runs")
def test_a_server_that_finds_no_room_to_commit_leaves_nothing_half_done(
    recorded: Recorded, commands: Commands, tmp_path: Path
) -> None:
    """It goes on with the lake: what it had written beforehand would be in the way of all else on a full disk."""
    write_history(tmp_path / "other", days=1, ticker="SPX", snapshots=400, strikes=3)
    parts = recorded.parts()
    with Server(recorded.lake, commands) as server:
        recorded("import", tmp_path / "other")
        log = (recorded.lake / "gex.duckdb.wal").stat().st_size  # by now longer than a part
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (log, resource.RLIM_INFINITY))
        said = commands("compact", "--lake", recorded.lake)
        assert (said.status, f"The disk is full ({recorded.lake}:" in said.err) == (3, True), said
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert list((recorded.lake / "staging").iterdir()) == []
        assert "everything is accounted for" in recorded("verify")
        assert set(recorded.parts()) > set(parts)
        assert "3 parts became one" in recorded("compact")
