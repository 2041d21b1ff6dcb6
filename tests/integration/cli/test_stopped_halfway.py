"""Commands that write a file or a folder, stopped halfway by whoever shuts the machine down."""

import signal
import time
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands


@pytest.fixture(scope="module")
def lake(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day that takes a while to be written."""
    folder = tmp_path_factory.mktemp("halfway")
    write_history(folder / "history", days=1, snapshots=3_000)
    assert commands("import", folder / "history", "--lake", folder / "lake").status == 0
    return folder / "lake"


def stopped(
    commands: Commands, command: list[str], begun: str, folder: Path, number: signal.Signals
) -> tuple[int | None, str]:
    """Run a command, stop it when a path of this pattern is there, and give its status and what it said."""
    process = commands.begin(*command)
    while process.poll() is None and not list(folder.glob(begun)):
        time.sleep(0.001)
    process.send_signal(number)
    _, told = process.communicate()
    return process.returncode, told


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
    commands: Commands, words: list[str], begun: str, number: signal.Signals, lake: Path, tmp_path: Path
) -> None:
    """Neither a hidden file, which no later call would take away, nor half a copy; nor in the lake."""
    before = sorted(lake.rglob("*"))
    status: int | None = 0
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        command = [word.format(folder=folder) for word in words]
        status, told = stopped(commands, [*command, "--lake", str(lake)], begun, folder, number)
        if status != 0:  # else it was through before it heard
            break
    assert (status, told.strip()) == (130, "Stopped.")
    assert list(folder.iterdir()) == []
    assert sorted(lake.rglob("*")) == before
