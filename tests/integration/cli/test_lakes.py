"""How commands find their lake, and how they leave the world."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from gexlake.domain.feed import Feed
from gexlake.domain.parts import PartKey
from gexlake.domain.runs import ImportRun, RunStatus
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.lakes import writing
from gexlake.entrypoints.settings.model import Settings
from support.commands import Commands

Gexlake = Callable[..., tuple[int, str, str]]


def test_without_a_lake_the_cure_is_an_import(gexlake: Gexlake, tmp_path: Path) -> None:
    """No empty lake is made by asking."""
    status, _, err = gexlake("query", "--lake", str(tmp_path / "none"))
    assert status == 3
    assert "gexlake import" in err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", ["backup copy", "repair", "rejects replay"])
def test_only_an_import_or_a_server_makes_a_lake(
    command: str, gexlake: Gexlake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nightly backup of a misspelt lake would be one of nothing, every night."""
    monkeypatch.chdir(tmp_path)
    status, out, err = gexlake(*command.split(), "--lake", "none")
    assert (status, out, "There is no lake in none." in err) == (3, "", True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["import history", "serve --port 0", "query"])
@pytest.mark.parametrize("place", ["file", "file/deeper", "/proc/lake"])
def test_where_no_lake_can_be_a_sentence_says_so(command: str, place: str, commands: Commands, tmp_path: Path) -> None:
    """With the place that was named and the cure; whoever asks there is told that there is none."""
    (tmp_path / "file").touch()
    (tmp_path / "history").mkdir()
    said = commands(*command.split(), folder=str(tmp_path), variables={"GEXLAKE_LAKE": place})
    there_is = "There is no lake in {}." if command == "query" else "No folder can be made at {}, so no lake"
    assert (said.status, said.out) == (3, "")
    assert there_is.format(place) in said.err
    assert "Name another" in said.err


def test_a_lake_and_its_sources_can_be_moved(gexlake: Gexlake, tmp_path: Path) -> None:
    """It answers from its new place, and an import takes nothing in again."""
    old, new = tmp_path / "old", tmp_path / "new"
    write_history(old / "history", days=2, snapshots=20)
    assert gexlake("import", str(old / "history"), "--lake", str(old / "lake"))[0] == 0
    old.rename(new)
    lake, history = ("--lake", str(new / "lake")), str(new / "history")
    status, out, _ = gexlake("import", history, *lake)
    assert (status, "2 files: 2 unchanged since the last import" in out) == (0, True)
    status, out, _ = gexlake("verify", "--deep", history, *lake)
    assert (status, "40 snapshots" in out, "2 source files with 40 records read again" in out) == (0, True, True)
    assert json.loads(gexlake("query", "--json", *lake)[1])[0]["timestamp"] == "2025-11-14T21:00:01Z"


def test_an_option_that_wants_a_folder_says_so(gexlake: Gexlake, tmp_path: Path) -> None:
    """And one that wants a file, of a folder; what is not there may be misspelt."""
    (tmp_path / "file").touch()
    for arguments, told in {
        ("query", "--lake", str(tmp_path / "file")): "is a file; name a directory.",
        ("query", "--json", "--output", str(tmp_path)): "is a directory; name a file.",
        ("restore", str(tmp_path / "none")): "does not exist; check the spelling, or give the full path.",
    }.items():
        status, out, err = gexlake(*arguments)
        assert (status, out, told in err) == (2, "", True), err


def test_what_a_killed_import_left_is_settled_before_the_answer(
    gexlake: Gexlake, make_lake: Callable[[Path], Path], tmp_path: Path
) -> None:
    """A part in staging that no commit names goes; a run that nobody ended is ended."""
    folder = make_lake(tmp_path / "lake")
    killed = ImportRun(
        import_id="run-3",
        source="history",
        status=RunStatus.RUNNING,
        started_at=datetime(2025, 10, 8, tzinfo=UTC),
    )
    half = PartKey(name="half", unit="half", feed=Feed("NQ_NDX", "classic", "gex_zero"), date=date(2025, 10, 7))
    with writing(build_container(Settings(lake=folder))) as lake:
        lake.sink.stage(half)
        lake.lineage.save_run(killed)
        assert lake.sink.staged_units() == ["half"]
    runs = json.loads(gexlake("runs", "--json", "--lake", str(folder))[1])
    assert {run["import_id"]: run["status"] for run in runs} == {
        "run-1": "partial",
        "run-2": "partial",
        "run-3": "interrupted",
    }
    with writing(build_container(Settings(lake=folder))) as lake:
        assert lake.sink.staged_units() == []


@pytest.mark.parametrize("shape", ["json", "csv", "arrow"])
def test_a_reader_that_goes_away_is_no_error(commands: Commands, folder: Path, shape: str) -> None:
    """`gexlake query | head` ends in silence."""
    reader, writer = os.pipe()
    words = ("query", "--start", "2025-10-06", "--format", shape)
    with tempfile.TemporaryFile() as told:
        process = commands.begin_program(*words, out=writer, err=told.fileno(), GEXLAKE_LAKE=str(folder))
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            assert len(pipe.read(10)) == 10
        assert process.wait(60) in (0, 141)
        told.seek(0)
        assert told.read() == b""


def test_a_question_loads_no_web_framework(folder: Path) -> None:
    """It would take longer than the answer."""
    program = (
        "import sys; from gexlake.entrypoints.cli.main import run; "
        f"status = run(['query', '--lake', {str(folder)!r}]); "
        "sys.exit('loaded' if {'fastapi', 'polars'} & set(sys.modules) else status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
