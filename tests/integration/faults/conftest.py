"""A lake of small histories, copies of it to do harm to, and commands under limits."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.commands import Commands, Said
from support.crash_sources import write_first, write_second
from support.lake_content import same

SIZE = 14
Run = Callable[..., Said]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two histories, ``first`` and ``second``, with repeats, conflicts and rejects; not to be changed."""
    folder = tmp_path_factory.mktemp("sources")
    write_first(folder / "first", SIZE)
    write_second(folder / "second", SIZE)
    return folder


@pytest.fixture(scope="session")
def whole(commands: Commands, sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of the first history and one of both, ``one`` and ``both``, that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    assert commands("import", sources / "first", "--lake", folder / "one").status == 1
    shutil.copytree(folder / "one", folder / "both")
    assert commands("import", sources / "second", "--lake", folder / "both").status == 1
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of the lake of the first history."""
    return shutil.copytree(whole / "one", tmp_path / "lake")


@pytest.fixture
def run(commands: Commands, folder: Path) -> Run:
    """Run a command on the copy; whatever goes wrong, there is no traceback and nothing that should not happen."""

    def said(*arguments: str | Path, **limits: int) -> Said:
        told = commands(*arguments, "--lake", folder, **limits)
        assert "Traceback" not in told.words
        assert "should not have happened" not in told.words
        return told

    return said


@pytest.fixture
def goes_on(run: Run, folder: Path, sources: Path, whole: Path) -> Callable[[], None]:
    """Check that the lake is sound, and that the next import gives the same as if nothing had happened."""

    def check() -> None:
        assert run("verify").status == 0, run("verify").words
        assert run("import", sources / "second").status in (0, 1)
        assert run("verify").status == 0, run("verify").words
        assert same(folder, whole / "both")

    return check
