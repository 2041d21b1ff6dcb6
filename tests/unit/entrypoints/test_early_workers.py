"""What workers are forked from is started early where there is much to read, and only there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gexlake.application.ports.work_pool import LITTLE_WORK

GLANCE = """
import sys
from pathlib import Path
from types import SimpleNamespace
from gexlake.entrypoints.cli.early_workers import start_workers_early
source, lake, pool = sys.argv[1:]
start_workers_early(Path(source), SimpleNamespace(work_pool=pool, lake=Path(lake)))
print(len(Path("/proc/self/task/", str(__import__("os").getpid()), "children").read_text().split()))
"""


def sparse(path: Path, size: int) -> Path:
    """Make a file of a size that takes no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def children(source: Path, lake: Path, pool: str = "processes") -> int:
    """Count the processes that a glance at a source starts."""
    found = subprocess.run(
        [sys.executable, "-c", GLANCE, source, lake, pool], capture_output=True, check=True, text=True
    )
    return int(found.stdout)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts processes as Linux does")
def test_workers_are_awaited_where_there_is_much_to_read(tmp_path: Path):
    """In a file or a folder; not for little, for what is older than the lake, or where no processes are wanted."""
    lake, much = tmp_path / "lake", sparse(tmp_path / "much" / "deep" / "day.json", LITTLE_WORK + 1)
    little = sparse(tmp_path / "little.json", LITTLE_WORK)

    assert children(much, lake) > 0
    assert children(tmp_path / "much", lake) > 0
    assert children(little, lake) == 0
    assert children(much, lake, "inline") == 0
    assert children(tmp_path / "nothing", lake) == 0
    os.utime(much, ns=(0, 0))
    assert children(much, lake) > 0
    sparse(lake / "gex.duckdb", 1)
    assert children(much, lake) == 0
