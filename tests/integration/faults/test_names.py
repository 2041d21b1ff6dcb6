"""File names that are not UTF-8 or mean more than a file, and symbolic links that lead in a circle, in all commands."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.commands import Commands, Said
from support.lake_content import lake_content, same
from support.records import record
from support.server import COMMAND, Server

Run = Callable[..., Said]
#: What the byte 0xff of a name is written as, where text must be UTF-8.
ESCAPE = "\\udcff"


@pytest.fixture
def history(sources: Path, tmp_path: Path) -> Path:
    """A history in a folder and in files whose names are not UTF-8."""
    folder = tmp_path / os.fsdecode(b"histor\xff")
    try:
        shutil.copytree(sources / "first", folder)
    except OSError:
        pytest.skip("this file system takes no such names, so nobody has them here")
    for path in sorted(folder.glob("2025*")):
        path.rename(path.with_name(path.name.replace("2025-10", os.fsdecode(b"\xff_2025-10"), 1)))
    return folder


def test_every_command_copes_with_names_that_are_not_utf8(
    history: Path, commands: Run, whole: Path, tmp_path: Path
) -> None:
    """They are escaped wherever they are told; nothing is left out, and a known file stays known."""
    lake = tmp_path / "lake"
    assert commands("scan", history).status == 0
    assert all(ESCAPE in file["path"] for file in json.loads(commands("scan", history, "--json").out))

    assert commands("import", history, "--lake", lake, "--progress", "plain").status == 1
    again = json.loads(commands("import", history, "--lake", lake, "--json").out)
    assert (again["files"]["unchanged"], again["snapshots"]["read"]) == (again["files"]["found"], 0)
    assert len(lake_content(lake)["snapshots"]) == len(lake_content(whole / "one")["snapshots"])

    for words in (("lineage",), ("runs",), ("rejects", "list")):
        told = commands(*words, "--lake", lake)
        assert (told.status, ESCAPE in told.out) == (0, True), told.words
        assert ESCAPE in json.dumps(json.loads(commands(*words, "--json", "--lake", lake).out)).replace("\\\\", "\\")
    for words in (("lineage",), ("rejects", "list")):
        assert json.loads(commands(*words, "--json", "--path", os.fsdecode(b"r\xff"), "--lake", lake).out)
    assert commands("rejects", "show", "1", "--lake", lake).status == 0
    assert commands("rejects", "export", tmp_path / os.fsdecode(b"out\xff"), "--lake", lake).status == 0

    assert commands("verify", "--lake", lake).status == 0
    deep = commands("verify", "--deep", history, "--json", "--lake", lake)
    assert (deep.status, json.loads(deep.out)["holds"]) == (0, True), deep.words
    said = commands("import", history, "--lake", lake, "--clear-existing", "--yes")
    assert said.status == 1, said.words
    (lake / "gex.duckdb").unlink()
    assert commands("rebuild", "--lake", lake).status == 0
    max((lake / "strikes").rglob("*.parquet")).write_bytes(b"x")
    for source in json.loads(commands("repair", "--json", "--lake", lake).out)["sources"]:
        assert ESCAPE in source
        assert commands("import", source, "--lake", lake).status in (0, 1)
    assert commands("verify", "--lake", lake).status == 0


def test_replaced_snapshot_of_a_file_whose_name_is_not_utf8(history: Path, commands: Run, tmp_path: Path) -> None:
    """It is kept word for word, as its file has it."""
    lake, exported = tmp_path / "lake", tmp_path / "rejects.jsonl"
    stored, newer = history / os.fsdecode(b"\xff_gex_zero.jsonl"), tmp_path / "newer_gex_zero.jsonl"
    stored.write_bytes(json.dumps(record()).encode())
    newer.write_bytes(json.dumps(record(spot=1.5)).encode())

    assert commands("import", stored, "--lake", lake).status == 0
    assert commands("import", newer, "--lake", lake, "--on-conflict", "replace").status == 0

    assert commands("rejects", "export", exported, "--lake", lake).status == 0
    assert exported.read_bytes().rstrip() == stored.read_bytes()


def test_server_tells_of_names_that_are_not_utf8(history: Path, commands: Commands, tmp_path: Path) -> None:
    """Over HTTP as in the command line; what a command hands to it, too."""
    lake = tmp_path / "lake"
    assert commands("import", history, "--lake", lake).status == 1
    with Server(lake, commands) as server:
        for path in ("/lineage", "/imports", "/rejects"):
            status, found = server.ask(path)
            assert status in (200, 404), found
            assert status == 404 or ESCAPE in json.dumps(found).replace("\\\\", "\\")
        words = [*COMMAND, "import", os.fsencode(history), "--lake", str(lake), "--progress", "none"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "should not have happened" not in done.stderr
        assert done.returncode == 0, done.stdout + done.stderr
        assert server.stop() == 0


@pytest.mark.parametrize("command", ["import", "backup", "verify"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"lak\xff", "is not UTF-8"),
        (b"lake?x", "has a question mark in it, behind which DuckDB"),
        (b"lake\\", "has a backslash in it, which DuckDB takes for a slash"),
    ],
)
def test_lake_under_a_name_that_the_database_cannot_open_is_refused(
    name: bytes, reason: str, command: str, commands: Run, sources: Path, folder: Path, tmp_path: Path
) -> None:
    """That is said, with the cure, and nothing is made."""
    odd = tmp_path / os.fsdecode(name)
    words = {"import": (sources / "first", "--lake", odd), "backup": (odd, "--lake", folder), "verify": ("--lake", odd)}

    said = commands(command, *words[command])

    assert (said.status, f"its name {reason}" in said.err) == (3, True), said.err
    assert "Give the folder another name" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake"]


@pytest.mark.parametrize("name", ["~", ":memory:lake", "s3:lake", "sqlite:lake", "st*r[1]", "new\nline", "a;b'c\"d"])
def test_lake_under_a_name_that_means_more_to_the_database_is_a_folder(
    name: str, commands: Run, sources: Path, whole: Path, tmp_path: Path
) -> None:
    """Where it says, and not in the home of the user, in memory, or with an extension that is not there."""
    (tmp_path / "home").mkdir()
    for command, status in ((("import", sources / "first"), 1), (("backup", "copy~"), 0), (("verify",), 0)):
        said = commands(*command, "--lake", name, folder=str(tmp_path), home=str(tmp_path / "home"))
        assert said.status == status, said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["copy~", "home", name])
    assert list((tmp_path / "home").iterdir()) == []
    assert same((tmp_path / name).rename(tmp_path / "lake"), whole / "one")


def test_lake_whose_name_is_utf8_in_a_locale_that_is_not(
    commands: Run, sources: Path, whole: Path, tmp_path: Path
) -> None:
    """It is one and the same folder to Python, which goes by the locale, and to DuckDB and Arrow, which do not."""
    named = os.fsencode(tmp_path) + "/lüke".encode()
    locale = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for words, status in ((("import", sources / "first"), 1), (("verify",), 0), (("query", "NQ_NDX", "--json"), 0)):
        command = [*COMMAND, *map(str, words), "--lake", named]
        done = subprocess.run(command, capture_output=True, check=False, env=os.environ | locale)
        assert done.returncode == status, done.stdout + done.stderr
        assert commands(*words, "--lake", os.fsdecode(named)).status == (0 if words[0] == "import" else status)
    assert [os.fsencode(path) for path in tmp_path.iterdir()] == [named]
    (tmp_path / "lüke").rename(tmp_path / "lake")
    assert same(tmp_path / "lake", whole / "one")


def test_links_that_lead_in_a_circle(commands: Run, run: Run, sources: Path, whole: Path, tmp_path: Path) -> None:
    """As a source, as a lake, in a source: they are followed once, or said to lead nowhere."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    for command in (("import", one), ("scan", one), ("verify", "--deep", one)):
        said = commands(*command, *(() if command[0] == "scan" else ("--lake", tmp_path / "lake")))
        assert (said.status, f"There is no folder or file {one}" in said.err) == (2, True), said.err
    said = commands("import", sources / "first", "--lake", one)
    assert (said.status, "Too many levels of symbolic links. Mend that" in said.err) == (3, True), said.err

    history, lake = shutil.copytree(sources / "first", tmp_path / "history"), tmp_path / "new"
    (history / "round").symlink_to(history)
    (history / "small" / "up").symlink_to("..")
    (history / "itself.json").symlink_to("itself.json")
    said = commands("import", history, "--lake", lake)
    assert (said.status, "itself.json: cannot be read: Too many levels of symbolic links" in said.out) == (1, True)
    assert commands("verify", "--lake", lake).status == 0
    assert lake_content(lake)["ladders"] == lake_content(whole / "one")["ladders"]
    (history / "itself.json").unlink()
    assert commands("import", history, "--lake", lake).status == 0
    assert run("verify").status == 0


def test_lake_above_what_a_link_leads_to(commands: Run, sources: Path, whole: Path, tmp_path: Path) -> None:
    """``link/../lake`` is there for the database, too, and not beside the link, where another lake may lie."""
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "deep")
    meant = tmp_path / "link" / ".." / "lake"

    assert commands("import", sources / "first", "--lake", meant).status == 1
    assert commands("backup", tmp_path / "link" / ".." / "copy", "--lake", meant).status == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == ["far", "link"]
    assert same(tmp_path / "far" / "lake", whole / "one")
    assert lake_content(tmp_path / "far" / "copy") == lake_content(whole / "one")
