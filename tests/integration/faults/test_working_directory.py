"""A working directory that was removed while a shell stayed in it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.crash_sources import write_blanks
from support.server import COMMAND

GONE = "gexlake: The working directory is not there any more. Change into another one, and run the same command again."


def _in_no_directory(tmp_path: Path, *words: str | Path) -> tuple[int, str]:
    """Run a command where there is no folder any more; give its exit status and what it said."""
    (tmp_path / "gone").mkdir()
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    command = ["sh", "-c", script, str(tmp_path / "gone"), *COMMAND, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("query", "NQ_NDX"),
        ("query", "NQ_NDX", "--output", "answer.csv", "--format", "csv", "--lake", "{lake}"),
        ("backup", "copy", "--lake", "{lake}"),
        ("import", "{history}", "--workers", "2", "--lake", "{new}", "--progress", "none"),
        ("synth", "out", "--snapshots", "50"),
        ("doctor",),
        ("serve", "--port", "0"),
    ],
    ids=lambda words: words[0],
)
def test_command_that_needs_a_working_directory_says_that_it_is_gone(
    words: tuple[str, ...], sources: Path, folder: Path, tmp_path: Path
) -> None:
    """Where the system says no more than that there is no such file, and names none."""
    history = shutil.copytree(sources / "first", tmp_path / "history")
    write_blanks(history)  # so much that workers read it
    places = {"lake": folder, "history": history, "new": tmp_path / "new"}

    status, said = _in_no_directory(tmp_path, *(word.format(**places) for word in words))

    assert status == 3, said
    assert GONE.removeprefix("gexlake: ") in said


def test_command_that_is_told_whole_paths_needs_no_working_directory(folder: Path, tmp_path: Path) -> None:
    """It does its work."""
    for words in (("verify",), ("backup", tmp_path / "copy"), ("query", "NQ_NDX", "--limit", "1")):
        status, said = _in_no_directory(tmp_path, *words, "--lake", folder)
        assert status == 0, said
    assert (tmp_path / "copy" / "gex.duckdb").is_file()
