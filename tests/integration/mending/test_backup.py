"""A copy of a lake is a lake: taken while it is in use, proven, and put back whole or not at all."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from gexlake.entrypoints.cli import main
from support.commands import Commands
from support.lake_content import lake_digest, nothing_half_done
from support.server import Server
from support.tables import all_tables

Gexlake = Callable[..., tuple[int, str, str]]


def test_a_restored_lake_equals_the_one_that_was_copied(lake: Path, gexlake: Gexlake, tmp_path: Path) -> None:
    """Every row of every table, every part, the journal; and it goes on as the lake would."""
    place, other = tmp_path / "backup", tmp_path / "other"
    status, out, _ = gexlake("backup", str(place))
    assert (status, str(place) in out) == (0, True)
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=place, check=False).returncode == 0

    assert main.run(["restore", str(place), "--lake", str(other)]) == 0
    assert (all_tables(other), lake_digest(other)) == (all_tables(lake), lake_digest(lake))
    assert main.run(["verify", "--lake", str(other)]) == 0
    (other / "gex.duckdb").unlink()
    assert main.run(["rebuild", "--lake", str(other)]) == 0
    assert nothing_half_done(lake)


def test_nothing_is_written_over(lake: Path, gexlake: Gexlake, tmp_path: Path) -> None:
    """Neither a folder with something in it nor a lake, unless that is wanted; then it lies beside the new one."""
    place = tmp_path / "backup"
    gexlake("backup", str(place))
    status, _, err = gexlake("backup", str(place))
    assert (status, "not empty" in err) == (3, True)

    before = all_tables(lake)
    status, _, err = gexlake("restore", str(place))
    assert (status, "Say --force" in err) == (3, True)
    assert gexlake("restore", str(place), "--force")[0] == 0
    assert [all_tables(aside) for aside in tmp_path.glob("lake.before-restore-*")] == [before]
    assert all_tables(lake) == before


def test_a_backup_and_a_lake_lie_apart(
    lake: Path, gexlake: Gexlake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is in a lake is the lake's own, and what takes a lake's place must outlive it."""
    place = tmp_path / "backup"
    gexlake("backup", str(place))
    before = all_tables(lake)
    for arguments in (
        ("backup", lake / "staging" / "copy", "--lake", lake),
        ("backup", lake, "--lake", lake),
        ("restore", place, "--force", "--lake", place),
        ("restore", place, "--lake", place / "lake"),
    ):
        assert main.run([str(argument) for argument in arguments]) == 3
        assert "one within the other" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["backup"]
    assert all_tables(lake) == before
    shutil.copytree(place, lake / "copy")
    assert gexlake("restore", str(lake / "copy"), "--force")[0] == 3


def harm_list(place: Path, harm: str) -> None:
    """Take the list of a backup's files away, or make one that nobody should follow."""
    sums = place / "SHA256SUMS"
    other = place.with_name("other")
    other.write_bytes(b"")
    name = {"outside": "../other", "absolute": str(other), "pipe": "pipe"}.get(harm)
    if harm == "unlisted":
        sums.unlink()
    elif name is None:
        sums.write_text("")
    else:
        sums.write_text(f"{sums.read_text()}{hashlib.sha256().hexdigest()}  {name}\n")
    if harm == "pipe":
        os.mkfifo(place / "pipe")


@pytest.mark.parametrize("harm", ["lost", "changed", "unlisted", "empty", "outside", "absolute", "pipe"])
def test_a_damaged_backup_is_refused(lake: Path, gexlake: Gexlake, tmp_path: Path, harm: str) -> None:
    """The file is named; the present lake is not touched, whatever is wanted."""
    place = tmp_path / "backup"
    gexlake("backup", str(place))
    part = min((place / "strikes").rglob("*.parquet"))
    if harm == "lost":
        part.unlink()
    elif harm == "changed":
        part.write_bytes(part.read_bytes()[:-1] + b"x")
    else:
        harm_list(place, harm)
    before = all_tables(lake)
    status, _, err = gexlake("restore", str(place), "--force")
    assert status == 3
    named = {"lost": part.name, "changed": part.name, "pipe": "pipe is no file"}
    assert named.get(harm, "SHA256SUMS") in err
    assert "is not a sound backup" in err
    assert all_tables(lake) == before
    assert not list(tmp_path.glob("lake.before-restore-*"))


def test_a_server_copies_its_lake_while_it_imports(
    commands: Commands, lake: Path, gexlake: Gexlake, tmp_path: Path
) -> None:
    """Each of some copies is a lake whose account holds; the import ends as it would have."""
    history = tmp_path / "history"
    write_history(history, days=3, snapshots=600, form="array")
    with Server(lake, commands) as server:
        running = commands.begin("import", str(history), "--lake", str(lake), "--progress", "none")
        copies = 0
        while not copies or (running.poll() is None and copies < 6):
            status, _, err = gexlake("backup", str(tmp_path / f"backup-{copies}"))
            assert (status, err) == (0, "")
            copies += 1
        assert running.communicate()[1] is not None
        assert running.returncode == 0
        assert server.stop() == 0
    for number in range(copies):
        assert main.run(["verify", "--lake", str(tmp_path / f"backup-{number}")]) == 0
        shutil.rmtree(tmp_path / f"backup-{number}")
    assert nothing_half_done(lake)
