"""Disks that are full: files that may not grow stand for one, and, where one can be mounted, there is a small one."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Said
from support.lake_content import same
from support.mounts import OWN_MOUNTS, may_mount
from support.server import COMMAND

Run = Callable[..., Said]


@pytest.mark.parametrize("kilobytes", [1, 4, 8, 20])
def test_import_says_so_and_leaves_nothing_half_done(
    kilobytes: int, run: Run, sources: Path, goes_on: Callable[[], None]
) -> None:
    """Wherever it runs out of room, in staging, in the journal, in the database; with room the same command goes on."""
    before = run("verify").out
    said = run("import", sources / "second", file_bytes=kilobytes << 10)

    assert (said.status, "The disk is full" in said.words) == (3, True), said.words
    assert run("verify").status == 0
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


_SCRIPT = """
mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
{gexlake} import "$3" --lake "$2/lake" --progress none; echo "full: $?"
{gexlake} verify --lake "$2/lake" > /dev/null; echo "verify: $?"
mount -o remount,"$5" "$2"
{gexlake} import "$3" --lake "$2/lake" --progress none > /dev/null; echo "room: $?"
cp -r "$2/lake" "$4"
"""


@pytest.mark.skipif(not may_mount(), reason="no disk can be mounted here; the tests above limit files instead")
@pytest.mark.parametrize(
    ("little", "more", "told"),
    [
        pytest.param("size=3m", "size=100m", "free some space", id="bytes"),
        pytest.param("nr_inodes=40", "nr_inodes=1000", "it takes no more files", id="files"),
    ],
)
def test_disk_that_is_really_full(commands: Run, tmp_path: Path, little: str, more: str, told: str) -> None:
    """A lake on a small disk: some days are in, the next one is not, and the same command goes on with room."""
    history, disk = tmp_path / "history", tmp_path / "disk"
    write_history(history, days=6, snapshots=200, form="array")
    disk.mkdir()
    assert commands("import", history, "--lake", tmp_path / "whole").status == 0
    script = _SCRIPT.format(gexlake=" ".join(COMMAND))
    words = [*OWN_MOUNTS, "sh", "-c", script, "sh", little, disk, history, tmp_path / "lake", more]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "The disk is full" in done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith(("full:", "verify:", "room:"))] == [
        "full: 3",
        "verify: 0",
        "room: 0",
    ]
    assert same(tmp_path / "lake", tmp_path / "whole")
