"""Folders and files that are closed to the user, who may well be root: then root's capabilities are laid down."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gexlake.adapters.crash_points import STATUS
from support.commands import Commands, Said
from support.lake_content import lake_content, nothing_half_done
from support.mounts import among_mounts_of, may_mount, with_disks

Run = Callable[..., Said]
CURE = "mend the permissions"


def close(path: Path, mode: int = 0o500) -> None:
    """Take rights away from a folder, or from a file."""
    path.chmod(mode)


def reopen(folder: Path) -> None:
    """Give the rights to everything in a folder back."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("what", [".", "staging", "journal", "gex.duckdb", "strikes", "snapshots"])
def test_import_into_a_lake_that_may_not_be_written(
    what: str, run: Run, folder: Path, sources: Path, goes_on: Callable[[], None]
) -> None:
    """One sentence with the cure, and status 3; once it is mended, what could not be finished is."""
    places = [
        folder / what,
        *(path for path in (folder / what).rglob("*") if path.is_dir() and what in ("strikes", "snapshots")),
    ]
    for place in places:
        close(place)

    said = run("import", sources / "second", permissions=1)

    assert (said.status, CURE in said.words, "Permission denied" in said.words) == (3, True, True), said.words
    for place in places:
        close(place, 0o700)
    goes_on()


def test_lake_in_a_folder_that_may_not_be_written(sources: Path, tmp_path: Path, commands: Run) -> None:
    """No lake is made, and no half of one."""
    folder = tmp_path / "closed"
    folder.mkdir()
    close(folder)

    said = commands("import", sources / "first", "--lake", folder / "lake", permissions=1)

    assert (said.status, CURE in said.err) == (3, True)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("what", ["strikes", "journal", "gex.duckdb"])
def test_what_may_not_be_read_is_not_taken_for_damaged(
    what: str, run: Run, folder: Path, goes_on: Callable[[], None]
) -> None:
    """Neither verify nor repair nor rebuild mistakes it for lost; nothing is set aside, nothing is made anew."""
    before = sorted(folder.rglob("*"))
    close(folder / what, 0)

    for command in ("verify", "repair", "rebuild"):
        said = run(command, permissions=1)
        assert (said.status, CURE in said.words) == (3, True), (command, said.words)

    reopen(folder)
    assert sorted(folder.rglob("*")) == before
    goes_on()


def test_questions_are_answered_where_nothing_may_be_written(run: Run, folder: Path) -> None:
    """Of a lake that lies on a disk for reading only, say."""
    for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        close(place)

    for command in (("query", "NQ_NDX"), ("verify",), ("runs",), ("coverage",)):
        assert run(*command, permissions=1).status == 0
    said = run("serve", "--port", "0", permissions=1)
    assert (said.status, "A server writes to its lake" in said.err, CURE in said.err) == (3, True, True), said.words

    reopen(folder)


@pytest.mark.parametrize("killed", [False, True])
def test_a_lake_that_may_not_be_written_can_be_backed_up(
    run: Run, commands: Run, folder: Path, sources: Path, tmp_path: Path, *, killed: bool
) -> None:
    """As it lies there; what a kill left half done is finished in the copy. They share no file."""
    if killed:
        assert run("import", sources / "second", crash_at="publish.file-renamed:2").status == STATUS
    for place in (folder, *folder.rglob("*")):
        close(place, 0o500 if place.is_dir() else 0o400)
    there = sorted(folder.rglob("*"))

    said = run("backup", tmp_path / "backup", permissions=1)

    assert said.status == 0, said.words
    assert sorted(folder.rglob("*")) == there
    assert {path.stat().st_nlink for path in (tmp_path / "backup").rglob("*") if path.is_file()} == {1}
    reopen(folder)
    restored = tmp_path / "restored"
    for command in (("restore", tmp_path / "backup"), ("verify",)):
        assert commands(*command, "--lake", restored, permissions=1).status == 0
    assert run("verify").status == 0
    assert lake_content(restored) == lake_content(folder)
    assert nothing_half_done(restored)


@pytest.mark.parametrize(
    ("what", "mode"), [("small", 0), ("small", 0o644), ("2025-10-07_NQ_NDX_classic_gex_zero.jsonl.gz", 0)]
)
def test_source_that_may_not_be_read(
    what: str, mode: int, commands: Run, sources: Path, whole: Path, tmp_path: Path
) -> None:
    """It is named, with the cure, and the others go in; the same command takes it in when it is mended."""
    history, lake = shutil.copytree(sources / "first", tmp_path / "history"), tmp_path / "new"
    close(history / what, mode)

    said = commands("import", history, "--lake", lake, permissions=1)
    assert (said.status, f"{history / what}: cannot be read: Permission denied; mend that" in said.out) == (1, True)
    told = commands("scan", history, permissions=1)
    assert (told.status, f"{history / what}: cannot be read: Permission denied" in told.out) == (0, True), told.words
    assert commands("verify", "--lake", lake).status == 0

    close(history / what, 0o700)
    assert commands("import", history, "--lake", lake).status == 1
    assert commands("verify", "--lake", lake, "--deep", history).status == 0
    assert len(lake_content(lake)["snapshots"]) == len(lake_content(whole / "one")["snapshots"])


def test_source_in_a_folder_that_may_not_be_entered(commands: Run, sources: Path, tmp_path: Path) -> None:
    """Whether it is there cannot even be known."""
    history = shutil.copytree(sources / "second", tmp_path / "closed" / "history")
    close(tmp_path / "closed", 0)

    said = commands("import", history, "--lake", tmp_path / "lake", permissions=1)

    assert (said.status, said.err) == (
        3,
        f"gexlake: {history}: Permission denied. Mend that, and run the same command again.\n",
    )
    close(tmp_path / "closed", 0o700)


def test_what_repeats_a_removed_file_is_not_taken_for_lost_where_it_cannot_be_looked_at(
    commands: Run, sources: Path, tmp_path: Path
) -> None:
    """What was done is told to its end, and that it was done."""
    history, lake = shutil.copytree(sources / "second", tmp_path / "history"), tmp_path / "lake"
    again = tmp_path / "closed" / "again"
    assert commands("import", history, "--lake", lake).status == 0
    for file in history.rglob("*.json"):
        (again / file.relative_to(history)).parent.mkdir(parents=True, exist_ok=True)
        (again / file.relative_to(history)).write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert commands("import", again, "--lake", lake).status == 0
    close(again.parent, 0)

    said = commands("remove", history, "--lake", lake, "--yes", permissions=1)

    close(again.parent, 0o700)
    assert (said.status, said.err) == (0, "")
    assert f"gexlake import {again}" in said.out
    assert "not there any more" not in said.out


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Commands, Path]]:
    """The process that commands are forked from which see two disks, one without inodes, and the folder of these."""
    folder = tmp_path_factory.mktemp("disks")
    sizes = {folder / "disk": "size=100m", folder / "full": "nr_inodes=1"}
    for disk in sizes:
        disk.mkdir()
    with Commands(within=with_disks(sizes)) as made:
        yield made, folder


@pytest.mark.skipif(not may_mount(), reason="no disk can be mounted here")
def test_a_disk_for_reading_only_wants_no_permissions(sources: Path, disks: tuple[Commands, Path]) -> None:
    """A system mounts one so by itself when it fails: no permission of the lake would open it again."""
    commands, disk = disks[0], disks[1] / "disk"
    lake = ("--lake", disk / "lake")
    assert commands("import", sources / "first", *lake).status == 1
    among_mounts_of(commands.pid, "mount", "-o", "remount,ro", disk)
    for command in (("import", sources / "second"), ("serve", "--port", "0")):
        said = commands(*command, *lake)
        assert (said.status, "Read-only file system" in said.words, CURE in said.words) == (3, True, False), said.words
        assert "see what the system's log says of its disk, have that mounted for writing" in said.words
    assert "See what the system's log says of its disk" in commands("doctor", *lake).out

    among_mounts_of(commands.pid, "mount", "-o", "remount,rw", disk)
    assert commands("import", sources / "second", *lake).status == 1
    assert commands("verify", *lake).status == 0


@pytest.mark.skipif(not may_mount(), reason="no disk can be mounted here")
def test_doctor_names_what_a_full_disk_lacks(disks: tuple[Commands, Path]) -> None:
    """It is not closed to anybody."""
    said = disks[0]("doctor", "--lake", disks[1] / "full" / "lake").out
    assert "No space left on device. Remove some files, or name another lake." in said, said
