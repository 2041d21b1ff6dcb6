"""A lake that a newer gexlake wrote is refused by every command, in a sentence, and is not touched."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import xxhash

from gexlake.entrypoints.cli import main
from support.commands import Commands

Gexlake = Callable[..., tuple[int, str, str]]
FOLDER = str(Path(__file__).parents[2] / "fixtures" / "history")


@pytest.fixture
def newer(lake: Path) -> Path:
    """The lake, as if the next version had written it."""
    with duckdb.connect(str(lake / "gex.duckdb")) as database:
        database.execute("INSERT INTO lake_version SELECT max(version) + 1, now() FROM lake_version")
    return lake


def files(lake: Path) -> dict[str, str]:
    """Give a digest of each file of a lake."""
    return {
        str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lake.rglob("*")
        if path.is_file()
    }


COMMANDS = [
    ("import", FOLDER),
    ("import", FOLDER, "--dry-run"),
    ("query",),
    ("ladder",),
    ("day",),
    ("runs",),
    ("lineage",),
    ("rejects", "list"),
    ("rejects", "replay"),
    ("verify",),
    ("verify", "--deep", FOLDER),
    ("flagged",),
    ("coverage",),
    ("rebuild",),
    ("repair",),
    ("repair", "--dry-run"),
    ("backup", "copy"),
]


def test_every_command_refuses_a_newer_lake(
    commands: Commands, newer: Path, gexlake: Gexlake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With status 3 and what to do; the doctor says the same, and a server does not begin."""
    monkeypatch.chdir(tmp_path)
    before = files(newer)
    for command in COMMANDS:
        status, out, err = gexlake(*command)
        assert (status, "Upgrade gexlake" in err, err.count("\n")) == (3, True, 1), (command, out, err)
    status, out, _ = gexlake("doctor")
    assert (status, "Upgrade gexlake" in out) == (1, True)
    served = commands("serve", "--lake", newer, "--port", "0")
    assert (served.status, "Upgrade gexlake" in served.err) == (3, True)
    assert files(newer) == before
    assert not list(tmp_path.glob("*copy*"))


def test_a_backup_of_a_newer_lake_is_not_restored(newer: Path, gexlake: Gexlake, tmp_path: Path) -> None:
    """Neither where there is no lake nor in place of one, which stays."""
    backup = shutil.copytree(newer, tmp_path / "backup")
    names = sorted(files(backup))
    sums = "".join(f"{files(backup)[name]}  {name}\n" for name in names)
    (backup / "SHA256SUMS").write_text(sums, encoding="utf-8")
    before = files(backup)
    for place in (newer, tmp_path / "other"):
        status = main.run(["restore", str(backup), "--force", "--lake", str(place)])
        assert status == 3
    assert not (tmp_path / "other").exists()
    assert not list(tmp_path.glob("*before-restore*"))
    assert not list(tmp_path.glob(".*"))
    assert (files(backup), gexlake("runs")[0]) == (before, 3)


def test_a_journal_with_notes_of_a_newer_gexlake_is_refused(lake: Path, gexlake: Gexlake) -> None:
    """No database is made of half of what it says."""
    number = max(int(path.stem) for path in (lake / "journal").iterdir()) + 1
    line = b'{"tagged":["part-1","x"]}\n'
    end = {"end": number, "xxh3_128": xxhash.xxh3_128(line).hexdigest()}
    (lake / "journal" / f"{number:012d}.jsonl").write_bytes(line + json.dumps(end).encode() + b"\n")
    (lake / "gex.duckdb").unlink()
    status, _, err = gexlake("rebuild")
    assert (status, "Upgrade gexlake" in err) == (3, True)
    assert not list(lake.glob("gex.duckdb*"))
