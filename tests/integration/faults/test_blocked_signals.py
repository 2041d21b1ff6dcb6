"""A command that was begun where signals are blocked, as in a thread of a scheduler that leaves them to another one."""

import shutil
import subprocess
import sys
from pathlib import Path

from support.crash_sources import write_blanks
from support.server import COMMAND

#: Begins a command with a signal blocked, which it inherits.
BLOCKED = (
    "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD}); os.execv(sys.argv[1], "
    "sys.argv[1:])"
)
SECONDS = 60


def test_import_hears_of_the_ends_of_its_workers_in_any_case(sources: Path, tmp_path: Path) -> None:
    """It does not wait for them for ever."""
    history = shutil.copytree(sources / "first", tmp_path / "history")
    write_blanks(history)  # so much that workers read it
    words = ["import", str(history), "--workers", "2", "--lake", str(tmp_path / "lake"), "--progress", "none"]

    begun = [sys.executable, "-c", BLOCKED, *COMMAND, *words]
    done = subprocess.run(begun, capture_output=True, text=True, check=False, timeout=SECONDS)

    assert (done.returncode, done.stderr) == (1, ""), done.stdout
    assert "11 files: 11 imported" in done.stdout
