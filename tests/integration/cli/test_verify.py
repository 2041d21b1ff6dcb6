"""Damage done on purpose to a lake on disk: verify finds it, names it with its cure, and ends with status 1."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from support.records import record, words

Gexlake = Callable[..., tuple[int, str, str]]
Damage = Callable[[Path], None]

#: What a part of the lake holds: two minutes of one feed.
COUNT, ROWS = 120, 40


def part(kind: str) -> Callable[[Path], Path]:
    """Give a function that finds one of the parts of a lake."""
    return lambda lake: min((lake / kind).rglob("*.parquet"))


def lost(kind: str) -> Damage:
    """Delete a part."""
    return lambda lake: part(kind)(lake).unlink()


def cut(kind: str) -> Damage:
    """Truncate a part."""

    def damage(lake: Path) -> None:
        content = part(kind)(lake).read_bytes()
        part(kind)(lake).write_bytes(content[: len(content) // 2])

    return damage


def flipped(kind: str, place: int) -> Damage:
    """Flip one bit of a part: of its data, or with a negative place of its footer."""

    def damage(lake: Path) -> None:
        content = bytearray(part(kind)(lake).read_bytes())
        content[place] ^= 1
        part(kind)(lake).write_bytes(content)

    return damage


def stray(place: str) -> Damage:
    """Put a file where no run put one."""

    def damage(lake: Path) -> None:
        (lake / place).parent.mkdir(parents=True, exist_ok=True)
        (lake / place).write_bytes(b"PAR1")

    return damage


def told(*statements: str) -> Damage:
    """Change the database behind the back of gexlake."""

    def damage(lake: Path) -> None:
        with duckdb.connect(str(lake / "gex.duckdb")) as database:
            for statement in statements:
                database.execute(statement)

    return damage


FIRST = "(select min(name) from parts)"
DAMAGES: dict[str, tuple[Damage, set[str]]] = {
    "ladders deleted": (lost("strikes"), {"part-missing"}),
    "snapshot copies deleted": (lost("snapshots"), {"part-missing"}),
    "ladders truncated": (cut("strikes"), {"part-size"}),
    "snapshot copies truncated": (cut("snapshots"), {"part-size"}),
    "a bit of the ladders": (flipped("strikes", 100), {"part-checksum"}),
    "a bit of a footer": (flipped("strikes", -20), {"part-checksum"}),
    "a bit of the copies": (flipped("snapshots", 100), {"part-checksum"}),
    "a stray part": (stray("strikes/ticker=NQ_NDX/stray.parquet"), {"part-stray"}),
    "a stray copy": (stray("snapshots/notes.txt"), {"part-stray"}),
    "a part's rows deleted": (
        told(f"delete from gex_snapshots where part = {FIRST}"),
        {"file-snapshots", "file-strikes", "part-snapshots", "part-strikes"},
    ),
    "one row deleted": (
        told("delete from gex_snapshots where timestamp = (select min(timestamp) from gex_snapshots) and file_id = 1"),
        {"file-snapshots", "file-strikes", "part-snapshots", "part-strikes"},
    ),
    "a day doubled": (
        told("insert into gex_snapshots from gex_snapshots where file_id = 1"),
        {"file-snapshots", "file-strikes", "part-snapshots", "part-strikes", "day-doubled"},
    ),
    "a part forgotten": (told(f"delete from parts where name = {FIRST}"), {"part-unlisted", "part-stray"}),
    "a part's rows miscounted": (
        told(f"update parts set strikes = strikes + 1 where name = {FIRST}"),
        {"part-strikes", "part-rows"},
    ),
    "ladder rows miscounted": (
        told("update gex_snapshots set strike_count = strike_count - 1 where record = 7 and file_id = 1"),
        {"file-strikes", "part-strikes"},
    ),
    "a flag raised": (
        told("update gex_snapshots set flagged = true where record = 7 and file_id = 1"),
        {"file-flagged"},
    ),
    "more accepted than there are": (
        told("update lineage set accepted = accepted + 1, read = read + 1 where file_id = 1"),
        {"file-snapshots"},
    ),
    "more read than accounted for": (told("update lineage set read = read + 5 where file_id = 1"), {"file-unbalanced"}),
    "a reject too many": (
        told("update lineage set rejected = rejected + 1, read = read + 1 where file_id = 1"),
        {"file-rejects"},
    ),
    "the rejects deleted": (told("delete from rejects where file_id = 1"), {"file-rejects"}),
    "a reading forgotten": (told("delete from lineage where file_id = 1"), {"file-unknown", "rejects-unknown"}),
}


@pytest.mark.parametrize(("damage", "kinds"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_found_and_named(
    gexlake: Gexlake, folder: Path, tmp_path: Path, damage: Damage, kinds: set[str]
) -> None:
    """Each kind by its name, with a sentence and a cure; the same on the terminal."""
    lake = shutil.copytree(folder, tmp_path / "lake")
    damage(lake)
    status, out, _ = gexlake("verify", "--lake", str(lake), "--json")
    found = json.loads(out)
    assert (status, found["holds"]) == (1, False)
    assert {one["kind"] for one in found["disagreements"]} == kinds
    assert all(one["cure"] and "{" not in one["cure"] + one["sentence"] for one in found["disagreements"])
    status, out, _ = gexlake("verify", "--lake", str(lake))
    assert status == 1
    said = out.replace(f" --lake {lake}", "")  # commands are named for this lake
    for one in found["disagreements"]:
        assert one["sentence"] in said
        assert one["cure"] in said


def test_a_lake_that_is_whole(gexlake: Gexlake) -> None:
    """In a few lines, with status 0; --verbose adds the days."""
    status, out, _ = gexlake("verify")
    assert status == 0
    assert out.splitlines() == [
        f"2 files, {2 * COUNT} snapshots, {2 * COUNT * ROWS:,} ladder rows: everything is accounted for.",
        f"  {2 * COUNT + 2} snapshots read = {2 * COUNT} accepted + 2 rejected",
        *[line for line in out.splitlines() if "parts with" in line],
        "  2 rejects pending, 0 of them conflicts; 0 replayed",
    ]
    assert "checksum" in out
    status, out, _ = gexlake("verify", "--verbose")
    assert (status, out.count("2025-10-06")) == (0, 2)
    assert json.loads(gexlake("verify", "--json")[1])["days"][0]["agrees"] is True


def test_a_lake_without_anything_in_it_proves_nothing(gexlake: Gexlake, tmp_path: Path) -> None:
    """It is said plainly, and the status is none of success; what a source has beside it is off as ever."""
    lake, source = tmp_path / "lake", tmp_path / "nothing"
    source.mkdir()
    assert gexlake("import", str(source), "--lake", str(lake))[0] == 3
    status, out, _ = gexlake("verify", "--lake", str(lake))
    assert (status, out.startswith("There is nothing to verify: this lake knows of no file")) == (3, True)
    status, out, _ = gexlake("verify", "--lake", str(lake), "--json")
    assert (status, json.loads(out)["files"]) == (3, [])
    (source / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl").write_bytes(words(record(0)))
    status, out, _ = gexlake("verify", "--lake", str(lake), "--deep", str(source))
    assert (status, "has never been imported" in out) == (1, True)


def test_a_file_that_could_not_be_imported_is_told_till_it_is(gexlake: Gexlake, tmp_path: Path) -> None:
    """Nothing of it was lost, but nothing of it is in the lake either."""
    lake, source = tmp_path / "lake", tmp_path / "history"
    source.mkdir()
    (source / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl").write_bytes(words(record(0)))
    day = source / "2025-10-07_NQ_NDX_classic_gex_zero.jsonl"
    day.write_bytes(b"<html>404</html>")
    assert gexlake("import", str(source), "--lake", str(lake))[0] == 1
    told = f"  1 file that could not be imported: gexlake lineage --status failed --lake {lake}\n"
    status, out, _ = gexlake("verify", "--lake", str(lake))
    assert (status, told in out) == (0, True)
    day.write_bytes(words(record(86_400)))
    assert gexlake("import", str(source), "--lake", str(lake))[0] == 0
    status, out, _ = gexlake("verify", "--lake", str(lake))
    assert (status, "could not be imported" in out) == (0, False)


def test_without_checksums_only_sizes_and_footers_are_looked_at(gexlake: Gexlake, folder: Path, tmp_path: Path) -> None:
    """A flipped bit is not seen then, and the report does not claim that it was looked for."""
    lake = shutil.copytree(folder, tmp_path / "lake")
    flipped("strikes", 100)(lake)
    status, out, _ = gexlake("verify", "--no-checksums", "--lake", str(lake))
    assert status == 0
    assert "checksum" not in out


def test_a_misspelt_source_is_a_wrong_call(gexlake: Gexlake, tmp_path: Path) -> None:
    """Before the lake is looked at."""
    assert gexlake("verify", "--deep", str(tmp_path / "nowhere"))[0] == 2
