"""A lake that has been through everything, made once, and copies of it to do harm to."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.entrypoints.cli import main
from support.stored_lake import eventful

Gexlake = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an eventful lake and its sources; not to be changed."""
    folder = tmp_path_factory.mktemp("eventful")
    eventful(folder / "lake", folder / "sources")
    return folder


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    """A copy of the lake."""
    return shutil.copytree(made / "lake", tmp_path / "lake")


@pytest.fixture
def gexlake(lake: Path, capsys: pytest.CaptureFixture[str]) -> Gexlake:
    """Run a command on the copy, and give status, stdout and stderr."""

    def run(command: str, *arguments: str) -> tuple[int, str, str]:
        status = main.run([command, *arguments, "--lake", str(lake)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run
