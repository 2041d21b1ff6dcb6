"""Commands that write a file or a folder, stopped halfway by whoever shuts the machine down."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands

COMMAND = [sys.executable, "-m", "gexlake.entrypoints.cli.main"]


@pytest.fixture(scope="module")
def lake(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day that takes a while to be written."""
    folder = tmp_path_factory.mktemp("halfway")
    write_history(folder / "history", days=1, snapshots=3_000)
    assert commands("import", folder / "history", "--lake", folder / "lake").status == 0
    return folder / "lake"


def stopped(command: list[str], begun: str, folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Run a command, stop it when a path of this pattern is there, and give its status and what it said."""
    how = {"preexec_fn": as_from_a_shell, "stderr": subprocess.PIPE, "text": True}
    process: subprocess.Popen[str] = subprocess.Popen([*COMMAND, *command], **how)  # type: ignore[call-overload]
    while process.poll() is None and not list(folder.glob(begun)):
        pass
    process.send_signal(number)
    _, told = process.communicate()
    return process.returncode, told


def as_from_a_shell() -> None:
    """Let a program hear all signals, whatever the process that runs the tests does not want to hear."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize(
    ("words", "begun"),
    [
        (["query", "--limit", "3000", "--json", "--output", "{folder}/out.json"], ".out.json.*.part"),
        (["backup", "{folder}/backup"], ".backup.partial"),
    ],
    ids=["query", "backup"],
)
def test_nothing_half_done_is_left(
    words: list[str], begun: str, number: signal.Signals, lake: Path, tmp_path: Path
) -> None:
    """Neither a hidden file, which no later call would take away, nor half a copy; nor in the lake."""
    before = sorted(lake.rglob("*"))
    status = 0
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        command = [word.format(folder=folder) for word in words]
        status, told = stopped([*command, "--lake", str(lake)], begun, folder, number)
        if status != 0:  # else it was through before it heard
            break
    assert (status, told.strip()) == (130, "Stopped.")
    assert list(folder.iterdir()) == []
    assert sorted(lake.rglob("*")) == before
