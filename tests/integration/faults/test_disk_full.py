"""Disks that are full: files that may not grow stand for one, and, where one can be mounted, there is a small one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands, Said
from support.lake_content import lake_digest, nothing_half_done
from support.mounts import among_mounts_of, may_mount, with_disks

Run = Callable[..., Said]


@pytest.mark.parametrize("kilobytes", [1, 4, 8, 20])
def test_import_says_so_and_leaves_nothing_half_done(
    kilobytes: int, run: Run, sources: Path, goes_on: Callable[[], None]
) -> None:
    """Wherever it runs out of room, in staging, in the journal, in the database; with room the same command goes on."""
    before = run("verify").out
    said = run("import", sources / "second", file_bytes=kilobytes << 10)

    assert (said.status, "The disk is full" in said.words) == (3, True), said.words
    assert kilobytes > 1 or run("verify").out == before
    goes_on()


@pytest.mark.parametrize("command", ["rebuild", "replay", "repair", "backup", "restore"])
def test_command_that_mends_or_copies_says_so_and_changes_nothing(
    command: str, run: Run, folder: Path, tmp_path: Path, goes_on: Callable[[], None]
) -> None:
    """The cure is named, the lake is as it was, and with room the same command does it."""
    words: dict[str, tuple[str | Path, ...]] = {
        "replay": ("rejects", "replay", "--from", tmp_path / "mended"),
        "backup": ("backup", tmp_path / "backup"),
        "restore": ("restore", tmp_path / "copy", "--force"),
    }
    if command == "replay":
        mended = [line.replace(b'"zero_gamma"', b'"spot":25190.5,"zero_gamma"') for line in exported(run, tmp_path)]
        (tmp_path / "mended").write_bytes(b"\n".join(mended))
    elif command == "restore":
        assert run("backup", tmp_path / "copy").status == 0
    elif command == "repair":
        (folder / "strikes" / "notes.txt").write_bytes(b"x" * 100)

    said = run(*words.get(command, (command,)), file_bytes=512)

    full = {"backup": tmp_path / ".backup.partial", "restore": tmp_path / ".lake.restoring"}.get(command, folder)
    if command != "repair":  # which gives a file another name, for which there is room
        assert (said.status, f"The disk is full ({full}" in said.words) == (3, True), said.words
    assert run("verify").status == 0
    if command != "replay":
        assert run(*words.get(command, (command,))).status in (0, 1)
        shutil.rmtree(folder / "quarantine", ignore_errors=True)
        for aside in folder.glob("gex.duckdb.before-rebuild-*"):
            aside.unlink()
        goes_on()
    else:
        assert "accepted" in run(*words["replay"]).out
        assert run("verify").status == 0


def test_an_export_that_finds_no_room_leaves_the_file_before_it(run: Run, tmp_path: Path) -> None:
    """Which may hold what somebody is about to mend."""
    lines = exported(run, tmp_path)

    said = run("rejects", "export", tmp_path / "exported", "--meta", file_bytes=512)

    assert (said.status, f"The disk is full ({tmp_path / 'exported'}" in said.err) == (3, True), said.words
    assert (tmp_path / "exported").read_bytes().splitlines() == lines
    assert list(tmp_path.glob(".*")) == []


def exported(run: Run, folder: Path) -> list[bytes]:
    """Write the rejects out, and give their lines."""
    assert run("rejects", "export", folder / "exported").status == 0
    return (folder / "exported").read_bytes().splitlines()


#: What there is of a small disk, what there is when there is room, and which cure is told in between.
DISKS = {
    "bytes": ("size=3m", "size=100m", "free some space"),
    "files": ("nr_inodes=40", "nr_inodes=1000", "it takes no more files"),
}


@pytest.fixture(scope="module")
def days(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some days of history, and the lake ``whole`` that nothing happened to; not to be changed."""
    folder = tmp_path_factory.mktemp("days")
    write_history(folder / "history", days=6, snapshots=200, form="array")
    assert commands("import", folder / "history", "--lake", folder / "whole").status == 0
    return folder


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Commands, Path]]:
    """The process that commands are forked from which see small disks, and the folder that these are in."""
    folder = tmp_path_factory.mktemp("disks")
    for name in DISKS:
        (folder / name).mkdir()
    with Commands(within=with_disks({folder / name: little for name, (little, _, _) in DISKS.items()})) as made:
        yield made, folder


@pytest.mark.skipif(not may_mount(), reason="no disk can be mounted here; the tests above limit files instead")
@pytest.mark.parametrize("kind", DISKS)
def test_disk_that_is_really_full(kind: str, days: Path, disks: tuple[Commands, Path], tmp_path: Path) -> None:
    """A lake on a small disk: some days are in, the next one is not, and the same command goes on with room."""
    commands, disk = disks[0], disks[1] / kind
    _, more, told = DISKS[kind]
    words = ("import", days / "history", "--lake", disk / "lake")
    said = commands(*words)
    assert (said.status, "The disk is full" in said.words, told in said.words) == (3, True, True), said.words
    assert commands("verify", "--lake", disk / "lake").status == 0

    among_mounts_of(commands.pid, "mount", "-o", f"remount,{more}", disk)
    assert commands(*words).status == 0
    among_mounts_of(commands.pid, "cp", "-r", disk / "lake", tmp_path / "lake")
    assert nothing_half_done(tmp_path / "lake")
    assert lake_digest(tmp_path / "lake") == lake_digest(days / "whole")
