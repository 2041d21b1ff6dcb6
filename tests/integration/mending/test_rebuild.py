"""A database that is gone, torn or behind is made anew, equal to the one that was lost, row by row."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.stored_lake import open_lake
from support.tables import all_tables

Gexlake = Callable[..., tuple[int, str, str]]


def gone(lake: Path) -> None:
    """Delete the database."""
    (lake / "gex.duckdb").unlink()


def torn(lake: Path) -> None:
    """Overwrite the middle of the database's header."""
    with (lake / "gex.duckdb").open("r+b") as file:
        file.write(os.urandom(20_000))


def empty(lake: Path) -> None:
    """Leave a file of no bytes."""
    (lake / "gex.duckdb").write_bytes(b"")


def harm_journal(lake: Path, harm: str) -> None:
    """Do harm to the sixth entry: it is missing, torn at its end, or changed in one digit."""
    entry = sorted((lake / "journal").iterdir())[5]
    content = entry.read_bytes()
    if harm == "missing":
        entry.unlink()
    else:
        entry.write_bytes(content[:-40] if harm == "torn" else content.replace(b"0", b"1", 1))


@pytest.mark.parametrize("damage", [gone, torn, empty])
def test_the_new_database_equals_the_lost_one(lake: Path, gexlake: Gexlake, damage: Callable[[Path], None]) -> None:
    """After repeats, conflicts, rejects, a replay, a source taken out, and several runs: every row of every table."""
    before = all_tables(lake)
    damage(lake)
    status, out, err = gexlake("rebuild")
    assert (status, err) == (0, "")
    assert "everything is accounted for" in out
    assert all_tables(lake) == before
    assert gexlake("verify")[0] == 0
    aside = list(lake.glob("gex.duckdb.before-rebuild-*"))
    assert [str(path) in out for path in aside] == ([] if damage is gone else [True])
    assert not list(lake.glob("*.rebuilding*"))


def test_a_sound_database_may_be_made_anew_too(lake: Path, gexlake: Gexlake) -> None:
    """It is equal, and the one before lies beside it."""
    before = all_tables(lake)
    told = json.loads(gexlake("rebuild", "--json")[1])
    assert (told["holds"], told["runs"]) == (True, len(before["import_runs"]))
    assert all_tables(lake) == before
    (lake / "gex.duckdb").unlink()
    Path(told["put_aside"]).rename(lake / "gex.duckdb")
    assert all_tables(lake) == before


def test_a_database_that_lost_its_last_commits_is_found_out(lake: Path, gexlake: Gexlake, tmp_path: Path) -> None:
    """Nobody may go on with it, for reading or writing, and the sentence names the cure; nothing is overwritten."""
    old = shutil.copyfile(lake / "gex.duckdb", tmp_path / "old")
    source = shutil.copytree(Path(__file__).parents[2] / "fixtures" / "dirty" / "spot-missing", tmp_path / "more")
    assert gexlake("import", str(source), "--progress", "none")[0] == 1
    after = all_tables(lake)
    shutil.copyfile(old, lake / "gex.duckdb")
    for command in (("verify",), ("import", str(source))):
        status, _, err = gexlake(*command)
        assert status == 3
        assert "gexlake rebuild" in err
    assert (lake / "gex.duckdb").read_bytes() == old.read_bytes()
    assert gexlake("rebuild")[0] == 0
    assert all_tables(lake) == after


def test_without_its_database_a_lake_is_no_new_one(lake: Path, gexlake: Gexlake) -> None:
    """An import does not begin an empty one over the parts of the old one."""
    gone(lake)
    source = Path(__file__).parents[2] / "fixtures" / "dirty" / "spot-missing"
    for command in (("verify",), ("import", str(source))):
        status, _, err = gexlake(*command)
        assert (status, "gexlake rebuild" in err) == (3, True)
    assert not (lake / "gex.duckdb").exists()


def test_a_part_that_no_entry_names_is_named(lake: Path, gexlake: Gexlake) -> None:
    """A foreign part is not swallowed."""
    part = next((lake / "strikes").rglob("*.parquet"))
    shutil.copyfile(part, part.with_name("foreign.parquet"))
    gone(lake)
    status, out, _ = gexlake("rebuild")
    assert status == 1
    assert "foreign.parquet lies among the parts, but no run has put it there" in out


def test_a_part_that_is_lost_is_named(lake: Path, gexlake: Gexlake) -> None:
    """The rest is made anew; what is missing stands in the account, and its cure is to repair."""
    part = next((lake / "snapshots").rglob("*.parquet"))
    part.unlink()
    gone(lake)
    status, out, _ = gexlake("rebuild")
    assert status == 1
    assert f"{part.relative_to(lake)} is not there" in out
    assert "gexlake repair" in out


@pytest.mark.parametrize("harm", ["missing", "changed", "torn"])
def test_an_entry_that_is_lost_is_named(lake: Path, gexlake: Gexlake, harm: str) -> None:
    """With a sound database nothing is made of a journal with gaps; without one, as much as can be."""
    harm_journal(lake, harm)
    if harm != "missing":  # one that is missing is written anew whenever the lake is opened for writing
        status, out, _ = gexlake("verify", "--json")
        assert (status, [one["kind"] for one in json.loads(out)["disagreements"]]) == (1, ["journal-entry"])
        status, _, err = gexlake("rebuild")
        assert (status, f"'gexlake repair --lake {lake}' writes the journal anew" in err) == (3, True)
    gone(lake)
    status, out, _ = gexlake("rebuild")
    assert status == 1
    assert "6: an entry of the journal" in out


@pytest.mark.parametrize("harm", ["missing", "changed", "torn"])
def test_repair_writes_a_damaged_journal_anew(lake: Path, gexlake: Gexlake, harm: str) -> None:
    """As the cure says; a database made of it equals the one that it was written from."""
    harm_journal(lake, harm)
    told = json.loads(gexlake("verify", "--json")[1])
    assert [one["cure"].rpartition(": ")[2] for one in told["disagreements"]] == ["gexlake repair"]
    gexlake("repair")
    assert gexlake("verify")[0] == 0
    kept = all_tables(lake)
    gone(lake)
    assert gexlake("rebuild")[0] == 0
    assert all_tables(lake) == kept


def test_a_sound_database_does_not_make_way_for_one_that_lacks_damaged_parts(lake: Path, gexlake: Gexlake) -> None:
    """It has their snapshots, so nothing is changed, and the sentence names the cure."""
    before = all_tables(lake)
    next((lake / "snapshots").rglob("*.parquet")).unlink()
    status, _, err = gexlake("rebuild")
    assert (status, "gexlake repair" in err) == (3, True)
    assert all_tables(lake) == before
    assert not list(lake.glob("gex.duckdb.*"))


def test_copies_with_another_checksum_are_not_believed(lake: Path, gexlake: Gexlake) -> None:
    """Their snapshots stay out of the new database, and each thing that is off for that is to be cured by a repair."""
    part = next((lake / "snapshots").rglob("*.parquet"))
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    gone(lake)
    status, out, _ = gexlake("rebuild", "--json")
    told = json.loads(out)["disagreements"]
    assert (status, "file-snapshots" in {one["kind"] for one in told}) == (1, True)
    assert {one["cure"].rpartition(": ")[2] for one in told} == {"gexlake repair"}


def test_a_lake_without_journal_or_database_says_so(lake: Path, gexlake: Gexlake) -> None:
    """There is nothing to make it of."""
    shutil.rmtree(lake / "journal")
    gone(lake)
    status, _, err = gexlake("rebuild")
    assert (status, "no journal" in err) == (3, True)
    assert not (lake / "gex.duckdb").exists()


def test_the_journal_is_written_anew_when_it_is_gone_or_long(lake: Path, gexlake: Gexlake) -> None:
    """One entry tells everything then, and the database made of it is the same."""
    before = all_tables(lake)
    shutil.rmtree(lake / "journal")
    opened = open_lake(lake)
    opened.settle()
    opened.close()
    assert len(list((lake / "journal").iterdir())) == 1
    assert {name: rows for name, rows in all_tables(lake).items() if name != "journal"} == {
        name: rows for name, rows in before.items() if name != "journal"
    }
    kept = all_tables(lake)
    gone(lake)
    assert gexlake("rebuild")[0] == 0
    assert all_tables(lake) == kept


def test_who_has_the_lake_is_not_disturbed(lake: Path, gexlake: Gexlake) -> None:
    """While another process has it, nothing is made anew."""
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lake / "gex.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        status, _, err = gexlake("rebuild")
        other.communicate("\n")
    assert (status, "is in use" in err) == (3, True)
