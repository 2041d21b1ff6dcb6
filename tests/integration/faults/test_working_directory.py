"""A working directory that was removed while a shell stayed in it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.commands import Commands, Said
from support.crash_sources import write_blanks
from support.server import COMMAND

GONE = "gexlake: The working directory is not there any more. Change into another one, and run the same command again."


@pytest.fixture
def in_no_directory(commands: Commands, tmp_path: Path) -> Callable[..., Said]:
    """Run a command where there is no folder any more."""

    def run(*words: str | Path) -> Said:
        (tmp_path / "gone").mkdir()
        return commands(*words, folder=str(tmp_path / "gone"), gone=1)

    return run


def test_python_itself_begins_in_no_directory(tmp_path: Path) -> None:
    """With the command that it is to run, which says what is missing."""
    (tmp_path / "gone").mkdir()
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    command = ["sh", "-c", script, str(tmp_path / "gone"), *COMMAND, "query", "NQ_NDX"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"{GONE}\n")


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
    words: tuple[str, ...], sources: Path, folder: Path, tmp_path: Path, in_no_directory: Callable[..., Said]
) -> None:
    """Where the system says no more than that there is no such file, and names none."""
    history = shutil.copytree(sources / "first", tmp_path / "history")
    write_blanks(history)  # so much that workers read it
    places = {"lake": folder, "history": history, "new": tmp_path / "new"}

    said = in_no_directory(*(word.format(**places) for word in words))

    assert said.status == 3, said
    assert GONE.removeprefix("gexlake: ") in said.words


def test_command_that_is_told_whole_paths_needs_no_working_directory(
    folder: Path, tmp_path: Path, in_no_directory: Callable[..., Said]
) -> None:
    """It does its work."""
    for words in (("verify",), ("backup", tmp_path / "copy"), ("query", "NQ_NDX", "--limit", "1")):
        said = in_no_directory(*words, "--lake", folder)
        assert said.status == 0, said
    assert (tmp_path / "copy" / "gex.duckdb").is_file()
