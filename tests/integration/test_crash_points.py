"""Death at every crash point, and the same step again: nothing lost, nothing twice, nothing half done."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gexlake.adapters import crash_points
from support.crash_sweep import POINTS, Sweep
from support.forks import CHANGE

SOURCE = Path(crash_points.__file__).parents[1]
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made there


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: what a dead process wrote survives it there as well as on a disk."""
    if not MEMORY.is_dir():
        yield tmp_path_factory.mktemp("sweep")
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="gexlake-sweep-") as made:
        yield Path(made)


@pytest.mark.timeout(600)
def test_step_done_again_after_dying_anywhere_gives_the_undisturbed_lake(folder: Path):
    """Imports of all kinds, replay, migration, rebuild, repair, backup and restore, each point at least once."""
    with Sweep(folder) as sweep:
        cases = sweep.every_point()
        assert {case.point for case in cases} - {CHANGE} == set(POINTS), "a point that no step passes proves nothing"

        assert sweep.run(cases) == []


def test_every_crash_point_stands_in_the_code_once():
    """So that a name says where it dies, and the list says all there is."""
    calls = Counter(
        call.args[0].value
        for path in SOURCE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "reached"
        if isinstance(call.args[0], ast.Constant)
    )
    assert calls == Counter(POINTS)


@pytest.mark.parametrize(
    ("armed", "passed"),
    [(None, 3), ("stage.folder-made", 0), ("stage.folder-made:2", 1), ("stage.folder-made:4", 3), ("commit.done", 3)],
)
def test_armed_point_kills_at_the_nth_passing(armed: str | None, passed: int):
    """And none does anything when it is not armed; no clean-up takes place."""
    program = """if True:
        import atexit
        from gexlake.adapters.crash_points import reached
        atexit.register(print, "clean")
        for number in range(3):
            reached("stage.folder-made")
            print(number, flush=True)
    """
    environment = os.environ | ({crash_points.VARIABLE: armed} if armed else {})
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    said = [*map(str, range(passed)), *(["clean"] if passed == 3 else [])]
    assert done.stdout.split() == said
    assert done.returncode == (0 if passed == 3 else crash_points.STATUS)
