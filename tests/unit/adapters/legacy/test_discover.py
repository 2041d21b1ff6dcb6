"""Finding the files of a history folder."""

import os
import tarfile
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.domain.errors import SourceUnreadable
from gexlake.domain.feed import FeedName
from support.records import array, record, words

DATA = array([words(record())])


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """An empty history folder."""
    folder = tmp_path / "history"
    folder.mkdir()
    return folder


def put(path: Path, data: bytes = DATA) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(source: Path) -> list[str]:
    """Give the paths that are found, below the source."""
    return [str(file.path.relative_to(source)) for file in LegacyReader().discover(source)]


def test_files_at_any_depth_in_a_fixed_order(history: Path):
    """By folder and name, so that the same import always goes the same way."""
    names = ["b/x.json", "a/b/c/d/e/x.jsonl", "a/x.json.gz", "x.ndjson", "A.JSON"]
    for name in names:
        put(history / name)

    assert found(history) == ["A.JSON", "x.ndjson", "a/x.json.gz", "a/b/c/d/e/x.jsonl", "b/x.json"]


def test_files_without_a_telling_name_are_sniffed(history: Path):
    """JSON under another name is found; notes and tables are not."""
    put(history / "2025-10-06_SPX_gex_zero.dat")
    put(history / "notes.txt", b"hello")
    put(history / "table.csv", b"a,b\n1,2\n")

    assert found(history) == ["2025-10-06_SPX_gex_zero.dat"]


def test_day_files_that_are_packed_are_found_however_they_are(history: Path):
    """To be said to be packed in a way that is not read; before, a folder of them seemed to hold nothing."""
    names = ["a.json.bz2", "b.jsonl.xz", "c.ndjson.ZST", "d.json.lz4", "e.json.zip", "f.json.7z"]
    for name in names:
        put(history / name, b"\x28\xb5\x2f\xfd")

    assert found(history) == names
    assert LegacyReader().knows(history / "c.ndjson.ZST")


def test_archives_of_history_are_found_whatever_they_are_called(history: Path):
    """To be said to be none that is read; those of other things are left out, and a torn one may hold anything."""
    (day := put(history / "day.json")).rename(day := history / "day.jsonl.gz")
    (notes := put(history / "notes.txt", b"hello")).touch()
    for name, member in {"history": day, "notes": notes}.items():
        with ZipFile(history / f"{name}.zip", "w") as archive:
            archive.write(member, f"2025/{member.name}")
        with tarfile.open(history / f"{name}.tar", "w") as tape:
            tape.add(member, f"2025/{member.name}")
    put(history / "torn.zip", (history / "notes.zip").read_bytes()[:-30])
    put(history / "torn.tar", (history / "notes.tar").read_bytes()[:500])

    assert found(history) == ["day.jsonl.gz", "history.tar", "history.zip", "torn.tar", "torn.zip"]
    assert [LegacyReader().knows(history / f"{name}.zip") for name in ("history", "notes")] == [True, False]
    for name, kind in {"history.zip": "zip", "history.tar": "tar"}.items():
        with pytest.raises(SourceUnreadable, match=f"is a {kind} archive.*; unpack it, and import what is in it"):
            list(LegacyReader().read(SourceFile(history / name, 10_240, 0), ReadOptions(datetime.now(UTC))))


def test_hidden_files_and_folders_are_left_out(history: Path):
    """Editors and file systems hide their own things there."""
    put(history / ".x.json")
    put(history / ".git" / "x.json")

    assert found(history) == []


def test_lake_among_the_history_is_not_taken_for_history(history: Path):
    """Its journal is JSON, and its database may begin like some; day files beside them count."""
    put(history / "gex.duckdb", b"[" * 8 + b"DUCK")
    put(history / "server.json")
    put(history / "journal" / "000000000001.jsonl")
    put(history / "staging" / "x.json")
    put(history / "2025" / "x.json")
    put(history / "journal.json")

    assert found(history) == ["journal.json", "2025/x.json"]


def test_folder_named_like_one_of_a_lake_is_looked_into(history: Path):
    """Without a lake's file beside it, it is history."""
    put(history / "snapshots" / "x.json")

    assert found(history) == ["snapshots/x.json"]


def test_folder_that_is_named_like_a_file(history: Path):
    """A folder called x.json is a folder."""
    put(history / "x.json" / "y.json")

    assert found(history) == ["x.json/y.json"]


def test_links_that_lead_round_in_a_circle(history: Path):
    """Each folder is gone through once; a link to itself is found, to be said to be none."""
    put(history / "a" / "x.json")
    (history / "a" / "up").symlink_to(history)
    (history / "a" / "self").symlink_to(history / "a")
    (history / "loop.json").symlink_to(history / "loop.json")

    assert found(history) == ["loop.json", "a/x.json"]


def test_path_that_is_too_long_for_the_system(history: Path):
    """It is found, as a file that fails when it is read; what lies beside it is found like others."""
    put(history / "x.json")
    name = "d" * 250
    folders = [os.open(history, os.O_RDONLY)]
    for _ in range(17):
        os.mkdir(name, dir_fd=folders[-1])
        folders.append(os.open(name, os.O_RDONLY, dir_fd=folders[-1]))
        os.close(os.open("x.json", os.O_CREAT, dir_fd=folders[-1]))
    for folder in folders:
        os.close(folder)

    files = list(LegacyReader().discover(history))

    sizes = {len(str(file.path.relative_to(history))) // len(name): file.size for file in files}
    assert sizes[0] == len(DATA)
    assert max(sizes) >= 15
    with pytest.raises(OSError, match="File name too long"):
        LegacyReader().fingerprint(files[-1])


def test_links_to_files_and_folders_are_followed(history: Path, tmp_path: Path):
    """A history may lie on another disk."""
    elsewhere = put(tmp_path / "elsewhere" / "x.json").parent
    (history / "there").symlink_to(elsewhere)
    (history / "y.json").symlink_to(elsewhere / "x.json")

    assert found(history) == ["y.json", "there/x.json"]


def test_links_that_lead_nowhere_are_found_and_pipes_left_out(history: Path):
    """What a link stood for is missing, which must be said; waiting for a pipe would take for ever."""
    (history / "gone.json").symlink_to(history / "nothing")
    os.mkfifo(history / "pipe.json")

    assert found(history) == ["gone.json"]


def test_one_file_is_a_source(history: Path):
    """Its name says what it may."""
    path = put(history / "2025-10-06_NQ_NDX_state_gex_full.json")

    (file,) = LegacyReader().discover(path)

    assert (file.path, file.size, file.mtime_ns) == (path, len(DATA), path.stat().st_mtime_ns)
    assert (file.hint, file.day) == (FeedName("state", "gex_full"), date(2025, 10, 6))


def test_what_the_reader_knows(history: Path):
    """Folders, and files with JSON in them."""
    reader = LegacyReader()

    assert reader.knows(history)
    assert reader.knows(put(history / "x.json", b"not json, but named so"))
    assert reader.knows(put(history / "x"))
    assert not reader.knows(put(history / "x.txt", b"hello"))
    assert not reader.knows(history / "nothing")


def test_names_that_are_not_utf8(history: Path):
    """Linux lets a name be any bytes."""
    name = os.fsdecode(b"2025-10-06_\xff_gex_zero.json")
    put(history / name)

    assert found(history) == [name]


def test_fingerprint_is_of_the_bytes_that_were_found(history: Path):
    """A file that grows in between is digested as it was."""
    path = put(history / "x.json")
    reader = LegacyReader()
    (file,) = reader.discover(path)
    before = reader.fingerprint(file)
    path.write_bytes(DATA + b"more")
    (grown,) = reader.discover(path)

    assert reader.fingerprint(file) == before
    assert reader.fingerprint(grown) != before
