"""``gexlake remove``, on a lake of a right folder and of a wrong one."""

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.synthetic.generate import write_history
from gexlake.entrypoints.cli import main
from support.commands import Commands
from support.lake_content import lake_content
from support.records import lines, record, words
from support.server import Server

QUESTION = ("query", "NQ_NDX", "--start", "2025-11-01", "--json")
WELL = "everything is accounted for"


class Typed(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


class Mixed:
    """A lake of two sessions, and of a wrong folder with one file of two tickers and some rejects."""

    def __init__(self, place: Path, commands: Commands) -> None:
        self._commands = commands
        self.right, self.wrong, self.lake = place / "right", place / "wrong", place / "lake"
        write_history(self.right, days=2, snapshots=30, strikes=20)
        self.wrong.mkdir()
        some = [record(second, ticker=ticker) for second in range(3) for ticker in ("NQ_NDX", "SPX")]
        bad = [record(second, spot=-1) for second in range(2)]
        (self.wrong / "test_gex_zero.jsonl").write_bytes(lines(list(map(words, [*some, *bad]))))
        (self.wrong / "other_gex_zero.jsonl").write_bytes(lines([words(record(second)) for second in range(20, 24)]))
        for folder in (self.right, self.wrong):
            self.ask("import", folder, "--max-error-rate", "1")

    def ask(self, *asked: str | Path, status: int = 0) -> str:
        """Run a command on the lake, and give what it says."""
        said = self._commands(*asked, "--lake", self.lake, variables={"COLUMNS": "0"})
        assert said.status == status, said
        return said.words

    def read(self, *asked: str | Path) -> Any:
        """Run a command, and read its JSON."""
        return json.loads(self._commands(*asked, "--json", "--lake", self.lake).out)

    def snapshots(self) -> dict[str, int]:
        """Count the snapshots of each ticker, in a lake that is in order."""
        assert WELL in self.ask("verify")
        counted: dict[str, int] = {}
        for day in self.read("query", "--feeds"):
            counted[day["ticker"]] = counted.get(day["ticker"], 0) + day["snapshots"]
        return counted


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Mixed:
    """Make the lake once; nobody changes this one."""
    return Mixed(tmp_path_factory.mktemp("whole"), commands)


@pytest.fixture
def mixed(whole: Mixed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mixed:
    """A copy of the lake, whose sources stay where they are."""
    monkeypatch.setattr(whole, "lake", shutil.copytree(whole.lake, tmp_path / "lake"))
    return whole


def test_a_folder_is_taken_out_whether_it_is_there_or_not(mixed: Mixed) -> None:
    """Everything else stays as it was, also in a database that is made anew; the runs say what went."""
    question = mixed.ask(*QUESTION)
    assert "10 snapshots and 2 rejects of 2 files would be taken out" in mixed.ask("remove", mixed.wrong, "--dry-run")
    assert mixed.snapshots() == {"NQ_NDX": 67, "SPX": 3}

    hidden = mixed.wrong.rename(mixed.wrong.with_name("hidden"))
    try:
        told = mixed.ask("remove", mixed.wrong, "--yes")
    finally:
        hidden.rename(mixed.wrong)

    assert "took out 10 snapshots and 2 rejects of 2 files" in told
    assert "still there" not in told
    assert WELL in mixed.ask("verify", "--deep", mixed.right)
    assert "took out 10 snapshots and 2 rejects of 2 files" in mixed.ask("runs")
    for rebuilt in (False, True):
        if rebuilt:
            (mixed.lake / "gex.duckdb").unlink()
            mixed.ask("rebuild")
        assert (mixed.snapshots(), mixed.ask(*QUESTION)) == ({"NQ_NDX": 60}, question)
        (run, *_) = mixed.read("runs")
        assert (run["source"], run["options"]["remove"]) == (str(mixed.wrong), True)
        assert run["taken_out"] == {"snapshots": 10, "rejects": 2, "files": 2}


def test_a_file_goes_alone(mixed: Mixed) -> None:
    """Scripts read what went, and that it may come back."""
    told = mixed.read("remove", mixed.wrong / "other_gex_zero.jsonl", "--yes")
    (run, *_) = mixed.read("runs")
    feed = {"ticker": "NQ_NDX", "package": "classic", "category": "gex_zero"}
    assert told == {
        "dry_run": False,
        "import_id": run["import_id"],
        "source": str(mixed.wrong / "other_gex_zero.jsonl"),
        "snapshots": 4,
        "rejects": 0,
        "files": 1,
        "forgotten": 1,
        "days": [feed | {"date": "2025-10-06", "snapshots": 4, "strikes": 12, "flagged": 0, "files": 1}],
        "repeating": [],
        "imports": [],
        "staying": [],
        "waiting": 0,
    }
    assert mixed.snapshots() == {"NQ_NDX": 63, "SPX": 3}
    assert "still there: an import" in mixed.ask("remove", mixed.wrong, "--yes")


def test_a_feed_goes_alone(mixed: Mixed) -> None:
    """The rest of its file stays, and is not read again for it."""
    assert "took out 3 snapshots of 1 file" in mixed.ask("remove", mixed.wrong, "--ticker", "SPX", "--yes")
    assert mixed.snapshots() == {"NQ_NDX": 67}
    nothing = mixed.ask("remove", mixed.wrong, "--category", "full", "--yes", status=3)
    assert "of other feeds (NQ_NDX/classic/gex_zero)" in nothing
    assert "took out 3 snapshots of 1 file" in mixed.ask("runs")
    assert len(mixed.read("rejects", "list")) == 2


def test_what_is_repeated_elsewhere_comes_back(mixed: Mixed, tmp_path: Path) -> None:
    """With the command that is told."""
    copy = shutil.copytree(mixed.wrong, tmp_path / "copy of it")
    for file in copy.iterdir():
        file.write_bytes(file.read_bytes() + b"\n")  # else it would count as moved
    mixed.ask("import", copy, "--max-error-rate", "1")

    away = file.rename(tmp_path / file.name)
    told = mixed.ask("remove", mixed.wrong, "--dry-run")
    assert "1 file of these is not there any more" in told
    assert f"lost to the lake until it is back:\n    {file}\n" in told
    away.rename(file)
    told = mixed.ask("remove", mixed.wrong, "--yes")

    assert "2 files elsewhere may repeat some of it" in told
    assert "not there any more" not in told
    assert f"gexlake import '{copy}' --lake {mixed.lake}" in told
    assert mixed.snapshots() == {"NQ_NDX": 60}
    mixed.ask("import", copy, "--max-error-rate", "1")
    assert mixed.snapshots() == {"NQ_NDX": 67, "SPX": 3}


def test_a_server_removes_from_its_own_lake(mixed: Mixed, commands: Commands) -> None:
    """It answers without what went at once, and says what is wrong as the command would."""
    with Server(mixed.lake, commands) as server:
        question: dict[str, Any] = {"symbol": "SPX", "limit": 10}
        assert server.ask("/gex", None, "", **question)[0] == 200
        assert "would be taken out" in mixed.ask("remove", mixed.wrong, "--dry-run")
        assert "took out 10 snapshots and 2 rejects of 2 files" in mixed.ask("remove", mixed.wrong, "--yes")
        assert server.ask("/gex", None, "", **question)[0] == 404
        (run, *_) = server.ask("/runs")[1]
        assert run["taken_out"] == {"snapshots": 10, "rejects": 2, "files": 2}
        assert "Nothing in the lake came from" in mixed.ask("remove", mixed.wrong, "--yes", status=3)
        assert mixed.snapshots() == {"NQ_NDX": 60}
        mixed.ask("import", mixed.wrong, "--max-error-rate", "1")
        assert server.ask("/gex", None, "", **question)[0] == 200
    assert mixed.snapshots() == {"NQ_NDX": 67, "SPX": 3}


def test_nothing_tells_an_import_of_it_from_a_first_one(mixed: Mixed) -> None:
    """All rows are as before: snapshots and ladders, in the database and in the files, rejects and lineage."""
    before = lake_content(mixed.lake)
    for source in (mixed.wrong, min(mixed.right.iterdir())):
        mixed.ask("remove", source, "--yes")
    for folder in (mixed.right, mixed.wrong):
        mixed.ask("import", folder, "--max-error-rate", "1")
    assert lake_content(mixed.lake) == before


@pytest.mark.parametrize(("point", "left"), [("commit.ready", 70), ("commit.done", 60)])
def test_a_kill_leaves_all_or_nothing(point: str, left: int, mixed: Mixed, commands: Commands) -> None:
    """The next command finds one or the other, whole."""
    killed = commands("remove", mixed.wrong, "--yes", "--lake", mixed.lake, crash_at=point)
    assert killed.status == 137
    assert sum(mixed.snapshots().values()) == left
    mixed.ask("remove", mixed.wrong, "--yes", status=0 if left > 60 else 3)
    assert mixed.snapshots() == {"NQ_NDX": 60}


def test_where_there_is_nothing_to_remove_the_cure_is_told(mixed: Mixed, commands: Commands, tmp_path: Path) -> None:
    """Nobody takes that for done, and no lake is made for it."""
    told = mixed.ask("remove", tmp_path / "never", "--yes", status=3)
    assert f"as 'gexlake lineage --lake {mixed.lake}' lists it" in told
    for words_ in (("--yes",), ("--dry-run",)):
        said = commands("remove", mixed.wrong, *words_, "--lake", tmp_path / "none")
        assert (said.status, said.out, "There is no lake" in said.err) == (3, "", True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("answer", "status", "left"), [("n", 130, 67), ("y", 0, 60)])
def test_nothing_goes_unasked(
    answer: str,
    status: int,
    left: int,
    mixed: Mixed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever is asked is told how much it is; where nobody can be asked the option must be given."""
    assert "add --yes" in mixed.ask("remove", mixed.wrong, status=2)
    monkeypatch.setattr(sys, "stdin", Typed(f"{answer}\n"))
    assert main.run(["remove", str(mixed.wrong), "--lake", str(mixed.lake)]) == status
    asked = f"Take 10 snapshots and 2 rejects of 2 files that came from {mixed.wrong} out of the lake?"
    assert asked in capsys.readouterr().err
    assert mixed.snapshots()["NQ_NDX"] == left
