"""What workers are forked from is started early where there is much to read, and only there."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gexlake.application.ports.work_pool import LITTLE_WORK

LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts processes as Linux does")

GLANCE = """
import os, signal, sys
from pathlib import Path
from gexlake.entrypoints.cli.startup.early_workers import start_workers_early
start_workers_early(*sys.argv[1:])
loaded = list(sys.modules)
children = Path("/proc/self/task/", str(os.getpid()), "children").read_text().split()
for child in children:  # or they would load all that workers need, for nobody
    os.kill(int(child), signal.SIGKILL)
print(len(children), *loaded)
"""


def sparse(path: Path, size: int) -> Path:
    """Make a file of a size that takes no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def glance(folder: Path, *arguments: object, command: str = "import", **variables: str) -> list[str]:
    """Have a glance at the arguments of a command; give the number of processes that it starts, and what it loads."""
    program = [sys.executable, "-c", GLANCE, command, *map(str, arguments)]
    environment = os.environ | variables
    # No pipe: what was started would hold it open until it has loaded everything, with what nobody else needs.
    with tempfile.TemporaryFile("w+") as told:
        subprocess.run(program, stdout=told, check=True, cwd=folder, env=environment)
        told.seek(0)
        return told.read().split()


def children(folder: Path, *arguments: object, command: str = "import", **variables: str) -> int:
    """Count the processes that a glance starts."""
    return int(glance(folder, *arguments, command=command, **variables)[0])


@pytest.fixture
def much(tmp_path: Path) -> Path:
    """Give a file that is worth workers, in a folder of its own."""
    return sparse(tmp_path / "much" / "deep" / "day.json", LITTLE_WORK + 1)


@LINUX
def test_workers_are_awaited_where_there_is_much_to_read(tmp_path: Path, much: Path):
    """In a file or a folder; not for little, nor for what is older than the lake."""
    lake, little = tmp_path / "lake", sparse(tmp_path / "little.json", LITTLE_WORK)

    assert children(tmp_path, much, "--lake", lake) > 0
    assert children(tmp_path, "--lake", lake, tmp_path / "much") > 0
    assert children(tmp_path, little, "--lake", lake) == 0
    assert children(tmp_path, tmp_path / "nothing") == 0
    os.utime(much, ns=(0, 0))
    assert children(tmp_path, much, f"--lake={lake}") > 0
    sparse(lake / "gex.duckdb", 1)
    assert children(tmp_path, much, f"--lake={lake}") == 0
    assert children(tmp_path, much, "--lake", lake) == 0
    assert children(tmp_path, much, GEXLAKE_LAKE=str(lake)) == 0
    assert children(tmp_path, much) == 0  # ./lake is what is meant
    assert children(tmp_path, much, GEXLAKE_LAKE="other") > 0


@LINUX
def test_no_workers_are_awaited_where_there_will_be_none(tmp_path: Path, much: Path):
    """A help text, other work pools, a server that has the lake."""
    assert children(tmp_path, much, "--help") == 0
    assert children(tmp_path, much, GEXLAKE_WORK_POOL="inline") == 0
    (tmp_path / "gexlake.toml").write_text('work_pool = "inline"')
    assert children(tmp_path, much) == 0
    (tmp_path / "gexlake.toml").write_text("nonsense = 1")
    assert children(tmp_path, much) == 0
    (tmp_path / "gexlake.toml").write_text('host = "127.0.0.2"')
    assert children(tmp_path, much) > 0
    sparse(tmp_path / "lake" / "server.json", 1)
    assert children(tmp_path, much) == 0


@LINUX
def test_a_server_awaits_them_where_there_is_much_to_read_ahead(tmp_path: Path):
    """In a lake that is there, and large."""
    assert children(tmp_path, command="serve") == 0
    sparse(tmp_path / "lake" / "gex.duckdb", 1_000_000)
    assert children(tmp_path, command="serve") == 0
    sparse(tmp_path / "large" / "gex.duckdb", 5_000_000)
    assert children(tmp_path, "--lake", tmp_path / "large", command="serve") > 0
    assert children(tmp_path, command="serve", GEXLAKE_LAKE="large") > 0
    assert children(tmp_path, command="serve", GEXLAKE_LAKE="large", GEXLAKE_WORK_POOL="inline") > 0
    assert children(tmp_path, command="serve", GEXLAKE_LAKE="large", GEXLAKE_SERVER_WORK_POOL="processes") == 0
    assert children(tmp_path, "--lake", tmp_path / "large", "--help", command="serve") == 0


@LINUX
def test_a_glance_loads_no_heavy_library(tmp_path: Path, much: Path):
    """What workers are forked from would begin to load when the command itself has loaded much of it."""
    started, *loaded = glance(tmp_path, much)
    assert int(started) > 0
    assert not {"click", "concurrent.futures", "numpy", "pydantic"} & set(loaded)
