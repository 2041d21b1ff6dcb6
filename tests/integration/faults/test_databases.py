"""Databases that are damaged or of a newer DuckDB, and write-ahead logs that cannot be replayed."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.crash_points import STATUS
from support.commands import Said
from support.tables import all_tables

Run = Callable[..., Said]
_BLOCK = 4096
_WORD = (1 << 64) - 1


def headers(path: Path) -> None:
    """Write over the second and third of its three headers, which say where everything is."""
    content = bytearray(path.read_bytes())
    content[_BLOCK + 16 : _BLOCK + 116] = content[2 * _BLOCK + 16 : 2 * _BLOCK + 116] = b"\xa5" * 100
    path.write_bytes(content)


def first_header(path: Path) -> None:
    """Write over the first header, which says that it is a database."""
    content = path.read_bytes()
    path.write_bytes(b"\xa5" * _BLOCK + content[_BLOCK:])


def middle(path: Path) -> None:
    """Write over its middle third."""
    content = path.read_bytes()
    third = len(content) // 3
    path.write_bytes(content[:third] + b"\xa5" * third + content[2 * third :])


@pytest.mark.parametrize("damage", [headers, first_header, middle])
def test_damaged_database_is_named_and_made_anew(
    damage: Callable[[Path], None], run: Run, folder: Path, goes_on: Callable[[], None]
) -> None:
    """A sentence that names the cure, and after the cure every row of every table is there."""
    before = all_tables(folder)
    damage(folder / "gex.duckdb")

    said = run("verify")
    assert (said.status, "is damaged" in said.err, "gexlake rebuild" in said.err) == (3, True, True), said.err

    assert run("rebuild").status == 0
    assert all_tables(folder) == before
    for aside in folder.glob("gex.duckdb.before-rebuild-*"):
        aside.unlink()
    goes_on()


def test_database_of_a_newer_duckdb_is_refused_and_left_alone(
    run: Run, folder: Path, sources: Path, goes_on: Callable[[], None]
) -> None:
    """Nobody takes it for damaged: neither an import nor a rebuild touches it, and all say what to do."""
    database = folder / "gex.duckdb"
    original = database.read_bytes()
    database.write_bytes(of_version(original, 4711))
    newer = database.read_bytes()

    for command in (("verify",), ("import", sources / "second"), ("rebuild",), ("repair",), ("query", "NQ_NDX")):
        said = run(*command)
        assert (said.status, "newer DuckDB" in said.err, "Upgrade" in said.err) == (3, True, True), (command, said.err)

    assert database.read_bytes() == newer
    database.write_bytes(original)
    goes_on()


def of_version(database: bytes, version: int) -> bytes:
    """Write another storage version into a database, with the checksum of the header that holds it."""
    header = bytearray(database[:_BLOCK])
    struct.pack_into("<Q", header, 12, version)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", header[8:]):
        checksum ^= word * 0xBF58476D1CE4E5B9 & _WORD
    struct.pack_into("<Q", header, 0, checksum)
    return bytes(header) + database[_BLOCK:]


def test_checksum_of_a_header_is_that_of_duckdb(folder: Path) -> None:
    """Or what seems to be of a newer version would only be damaged."""
    database = (folder / "gex.duckdb").read_bytes()
    assert of_version(database, struct.unpack_from("<Q", database, 12)[0]) == database


def beginning(log: Path, _: Path) -> None:
    """Write over the beginning."""
    log.write_bytes(b"\xa5" * 64 + log.read_bytes()[64:])


def in_the_middle(log: Path, _: Path) -> None:
    """Write over the middle."""
    content = log.read_bytes()
    half = len(content) // 2
    log.write_bytes(content[:half] + b"\xa5" * 64 + content[half + 64 :])


def torn(log: Path, _: Path) -> None:
    """Cut it in half."""
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])


def lost(log: Path, _: Path) -> None:
    """Delete it."""
    log.unlink()


def of_another(log: Path, other: Path) -> None:
    """Put the log of another lake's database in its place."""
    shutil.copyfile(other / log.name, log)


@pytest.fixture(scope="module")
def other(commands: Run, sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another lake, which a kill has left with a log, too; not to be changed."""
    lake = tmp_path_factory.mktemp("other") / "lake"
    assert commands("import", sources / "first", "--lake", lake, crash_at="publish.done:2").status == STATUS
    return lake


@pytest.mark.parametrize(
    ("damage", "point"),
    [
        (beginning, "publish.done:2"),
        (in_the_middle, "publish.done:2"),
        (torn, "publish.done:2"),
        (lost, "publish.done:2"),
        (of_another, "publish.done:2"),
        (lost, "publish.entry-renamed:2"),
    ],
)
def test_log_that_does_not_replay_is_named_and_nothing_of_it_is_lost(
    damage: Callable[[Path, Path], None],
    point: str,
    run: Run,
    folder: Path,
    other: Path,
    sources: Path,
    tmp_path: Path,
    goes_on: Callable[[], None],
) -> None:
    """A kill has left commits in it; the database made anew has them all, and the import goes on."""
    assert run("import", sources / "second", crash_at=point).status == STATUS
    undamaged = shutil.copytree(folder, tmp_path / "undamaged")
    before = all_tables(undamaged)
    damage(folder / "gex.duckdb.wal", other)

    for command in (("runs",), ("import", sources / "second")):
        said = run(*command)
        assert (said.status, said.err.count("\n"), "gexlake rebuild" in said.err) == (3, 1, True), said.err

    assert run("rebuild").status == 0
    after = all_tables(folder)
    assert {name: after[name] for name in ("gex_snapshots", "lineage", "rejects", "parts")} == {
        name: before[name] for name in ("gex_snapshots", "lineage", "rejects", "parts")
    }
    goes_on()
