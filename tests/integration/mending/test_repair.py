"""Damaged parts are set aside, and importing their sources again gives the undamaged lake."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from gexlake.entrypoints.cli import main
from support.lake_content import lake_digest, nothing_half_done
from support.records import array, lines, record, words
from support.tables import all_tables

Gexlake = Callable[..., tuple[int, str, str]]


def lost(path: Path) -> None:
    """Delete a file."""
    path.unlink()


def cut(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    """Flip a bit."""
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def stored(lake: Path) -> dict[str, object]:
    """Give what a lake holds, whatever readings it came from."""
    found = lake_digest(lake)
    return {"snapshots": found["snapshots"], "ladders": found["ladders"]}


def files_and_tables(lake: Path) -> tuple[list[Path], dict[str, object]]:
    """Give what a lake is made of, whether its parts can be read or not."""
    return sorted(lake.rglob("*.parquet")), dict(all_tables(lake))


@pytest.mark.parametrize("harm", [lost, cut, flipped])
def test_importing_again_brings_back_what_was_damaged(
    lake: Path, gexlake: Gexlake, harm: Callable[[Path], None]
) -> None:
    """Named in a dry run, set aside, and back after the commands that are printed; nothing else is touched."""
    whole = stored(lake)
    damaged = max((lake / "strikes").rglob("*.parquet"))
    harm(damaged)

    status, out, _ = gexlake("repair", "--dry-run")
    assert (status, damaged.name in out) == (1, True)
    assert gexlake("verify")[0] == 1

    status, out, _ = gexlake("repair", "--json")
    told = json.loads(out)
    assert status == 1
    assert told["sources"]
    assert told["snapshots"] > 0
    assert all(Path(place).exists() for place in told["put_aside"])
    assert len(told["put_aside"]) == (1 if harm is lost else 2)
    assert gexlake("verify")[0] == 0
    assert gexlake("repair")[:2] == (0, "Every part is as it was written; nothing to repair.\n")

    for source in told["sources"]:
        assert gexlake("import", source)[0] in (0, 1)
    if told["rejects"]:
        gexlake("rejects", "replay", "--on-conflict", "replace")
    assert gexlake("verify")[0] == 0
    assert stored(lake) == whole


@pytest.mark.parametrize("harm", [lost, cut, flipped])
def test_copies_of_snapshots_are_written_anew(
    made: Path, lake: Path, gexlake: Gexlake, harm: Callable[[Path], None]
) -> None:
    """Of what the database says and the ladders prove: nothing leaves, no source is read, nothing differs."""
    whole = lake_digest(lake)
    damaged = max((lake / "snapshots").rglob("*.parquet"))
    harm(damaged)

    told = json.loads(gexlake("repair", "--dry-run", "--json")[1])
    status, out, _ = gexlake("repair", "--json")
    done = json.loads(out)
    assert (status, len(done["rewritten"]), done["rewritten"]) == (1, 1, told["rewritten"])
    assert (done["sources"], done["snapshots"], len(done["put_aside"])) == ([], 0, 1 if harm is lost else 2)
    assert (lake_digest(lake), nothing_half_done(lake)) == (whole, True)
    assert gexlake("verify", "--deep", str(made / "sources" / "history"))[0] == 0
    before = all_tables(lake)
    (lake / "gex.duckdb").unlink()
    assert gexlake("rebuild")[0] == 0
    assert all_tables(lake) == before


@pytest.mark.parametrize(
    "statement",
    [
        "update gex_snapshots set spot = spot + 1 where part = '{}'",
        "update gex_snapshots set flagged = not flagged where part = '{}'",
        "delete from gex_snapshots where part = '{}' and timestamp = (select min(first) from parts where name = '{}')",
    ],
)
def test_a_database_that_its_ladders_do_not_prove_mends_nothing(lake: Path, gexlake: Gexlake, statement: str) -> None:
    """A part whose snapshots the database has lost or changed is set aside like any other."""
    damaged = max((lake / "snapshots").rglob("*.parquet"))
    lost(damaged)
    with duckdb.connect(str(lake / "gex.duckdb")) as database:
        database.execute(statement.replace("{}", damaged.stem))
    told = json.loads(gexlake("repair", "--dry-run", "--json")[1])
    assert (told["rewritten"], bool(told["sources"])) == ([], True)


def test_commands_can_be_run_as_they_stand(lake: Path, gexlake: Gexlake) -> None:
    """Each ends its line and names the lake: what verify prints, and the imports that repair prints."""
    whole = stored(lake)
    lost(max((lake / "strikes").rglob("*.parquet")))

    def commands(out: str) -> list[list[str]]:
        found = re.findall(r"(?:^  |: )gexlake (.*)$", out.replace("\n      ", " "), re.MULTILINE)
        return [shlex.split(words) for words in found]

    look, cure = commands(gexlake("verify")[1])
    assert look == ["lineage", "--status", "failed", "--lake", str(lake)]
    assert cure == ["repair", "--lake", str(lake)]
    printed = commands(gexlake("repair")[1])
    assert printed
    for command in sorted(printed):  # imports come before the replay
        assert main.run([*command, *(["--on-conflict", "replace"] if "replay" in command else [])]) in (0, 1)
    assert (gexlake("verify")[0], stored(lake) == whole) == (0, True)


def test_what_does_not_belong_there_is_set_aside(lake: Path, gexlake: Gexlake) -> None:
    """A stray file moves to quarantine with its path; no snapshot leaves."""
    whole = lake_digest(lake)
    stray = lake / "strikes" / "ticker=NQ_NDX" / "notes.txt"
    stray.write_bytes(b"mine")

    told = json.loads(gexlake("repair", "--json")[1])
    assert (told["snapshots"], told["sources"]) == (0, [])
    assert [Path(place).read_bytes() for place in told["put_aside"]] == [b"mine"]
    assert not stray.exists()
    assert lake_digest(lake) == whole


def test_nothing_leaves_that_no_source_can_bring_back(made: Path, tmp_path: Path) -> None:
    """A source that is gone stops the repair before anything is changed, until it is said that this may be."""
    source = tmp_path / "sources"
    shutil.copytree(made / "sources", source)
    other = tmp_path / "other"
    assert main.run(["import", str(source), "--lake", str(other)]) in (0, 1)
    flipped(min((other / "strikes").rglob("*.parquet")))
    damaged = files_and_tables(other)
    shutil.rmtree(source)

    assert main.run(["repair", "--lake", str(other)]) == 3
    assert files_and_tables(other) == damaged
    assert main.run(["repair", "--lake", str(other), "--without-sources"]) == 1
    assert main.run(["verify", "--lake", str(other)]) == 0
    assert list((other / "quarantine").rglob("*.parquet"))


def seconds(first: int, end: int, **changes: object) -> list[bytes]:
    """Give the words of the seconds from one to another."""
    return [words(record(second, **changes)) for second in range(first, end)]


MONDAY, TUESDAY = seconds(0, 5), seconds(86_400, 86_403)


def begun_anew(file: Path) -> None:
    """Truncate a recorder's file and record the next day into it."""
    file.write_bytes(lines(TUESDAY))


def begun_anew_longer(file: Path) -> None:
    """Truncate it and record more than was there."""
    file.write_bytes(lines(seconds(86_400, 86_420)))


def fetched_again(file: Path) -> None:
    """Put a file in its place that has other values."""
    file.write_bytes(array([*seconds(0, 5, spot=7.0), *TUESDAY]))


def grown(file: Path) -> None:
    """Record the next day behind the first."""
    file.write_bytes(lines([*MONDAY, *TUESDAY]))


def exported(file: Path) -> None:
    """Put all of it in its place, in another form."""
    file.write_bytes(array([*MONDAY, *TUESDAY]))


def rotated(file: Path) -> None:
    """Give the file another name and begin a new one."""
    moved(file)
    file.write_bytes(lines(TUESDAY))


def moved(file: Path) -> None:
    """Give the file another name."""
    file.rename(file.with_name("first_gex_zero.jsonl"))


@pytest.mark.parametrize("change", [begun_anew, begun_anew_longer, fetched_again])
def test_source_that_holds_something_else_is_gone(
    change: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is a file of its name, but what it gave first cannot be imported from it."""
    lake = recorded(tmp_path, change)
    damaged = files_and_tables(lake)
    capsys.readouterr()

    assert main.run(["repair", "--lake", str(lake)]) == 3
    assert "live_gex_zero.jsonl" in capsys.readouterr().err
    assert files_and_tables(lake) == damaged
    assert main.run(["repair", "--lake", str(lake), "--without-sources"]) == 1
    assert main.run(["verify", "--lake", str(lake)]) == 0


@pytest.mark.parametrize("change", [grown, exported, rotated])
def test_source_that_still_holds_it_is_not_gone(change: Callable[[Path], None], tmp_path: Path) -> None:
    """As its beginning, in another form or under another name: the import brings it back."""
    lake = recorded(tmp_path, change)

    assert main.run(["repair", "--lake", str(lake)]) == 1
    assert main.run(["import", str(tmp_path / "history"), "--lake", str(lake)]) == 0
    assert main.run(["verify", "--lake", str(lake)]) == 0
    assert lake_digest(lake)["snapshots"][0] == len(MONDAY) + len(TUESDAY)


def test_imports_are_of_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Under its new name, not under the one that the file had."""
    lake = recorded(tmp_path, moved)
    capsys.readouterr()

    assert main.run(["repair", "--lake", str(lake), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    names = ["first_gex_zero.jsonl", "live_gex_zero.jsonl"]
    assert [Path(source).name for source in told["sources"]] == names
    assert told["imports"] == [f"import {tmp_path / 'history' / names[0]}"]


@pytest.mark.parametrize(("left", "status"), [([*MONDAY, *TUESDAY], 1), (MONDAY, 3)])
def test_source_that_is_due_is_read(left: list[bytes], status: int, tmp_path: Path) -> None:
    """A reading that lost its fingerprint to an earlier repair is held against the records of its file."""
    lake = recorded(tmp_path, grown)
    assert main.run(["repair", "--lake", str(lake)]) == 1
    flipped(min((lake / "strikes").rglob("*.parquet")))
    (tmp_path / "history" / "live_gex_zero.jsonl").write_bytes(lines(left))

    assert main.run(["repair", "--lake", str(lake)]) == status


def recorded(folder: Path, change: Callable[[Path], None]) -> Path:
    """Make a lake of a recorder's file before and after a change, whose first day is damaged."""
    lake, history = folder / "recorded", folder / "history"
    history.mkdir()
    file = history / "live_gex_zero.jsonl"
    file.write_bytes(lines(MONDAY))
    assert main.run(["import", str(history), "--lake", str(lake)]) == 0
    change(file)
    assert main.run(["import", str(history), "--lake", str(lake)]) in (0, 1)
    flipped(min((lake / "strikes").rglob("*.parquet")))
    return lake


def test_after_a_rebuild_without_a_part_too(lake: Path, gexlake: Gexlake) -> None:
    """A database that was made anew while a part was lost lacks its snapshots; repair has them imported again."""
    whole = stored(lake)
    lost(max((lake / "strikes").rglob("*.parquet")))
    (lake / "gex.duckdb").unlink()
    assert gexlake("rebuild")[0] == 1

    told = json.loads(gexlake("repair", "--json")[1])
    assert told["sources"]
    assert gexlake("verify")[0] == 0
    for source in told["sources"]:
        gexlake("import", source)
    if told["rejects"]:
        gexlake("rejects", "replay", "--on-conflict", "replace")
    assert gexlake("verify")[0] == 0
    assert stored(lake) == whole


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
@pytest.mark.parametrize("name", [".DS_Store", "pipe", "link", os.fsdecode(b"l\xfft")])
def test_whatever_is_left_in_staging_is_settled(lake: Path, gexlake: Gexlake, name: str) -> None:
    """A file, a pipe, a link, a name that is not UTF-8: gone with the next command, which neither waits nor fails."""
    left = lake / "staging" / name
    left.parent.mkdir(exist_ok=True)
    if name == "pipe":
        os.mkfifo(left)
    elif name == "link":
        left.symlink_to(lake / "strikes")
    else:
        left.write_bytes(b"not gexlake's")

    status, out, err = gexlake("verify")

    assert status == 0, out + err
    assert nothing_half_done(lake)
