"""A kill at any step of an import, and the same import run again: nothing lost, nothing twice, nothing half done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.dying_import import STATUS, main
from support.lake_content import lake_content, nothing_half_done

SUPPORT = Path(__file__).parents[1] / "support"
STEPS = [
    ("written", 3),
    ("before close", 2),
    ("closed", 1),
    ("before commit", 1),
    ("before commit", 2),
    ("committed", 2),
    ("before publish", 1),
    ("half published", 2),
    ("published", 1),
    ("before discard", 1),
    ("discarded", 3),
]


def killed_import(step: str, count: int, source: Path, lake: Path, policy: str = "keep") -> bool:
    """Import in another process, which dies at a step; say whether it got there."""
    command = [sys.executable, str(SUPPORT / "dying_import.py"), step, str(count), str(source), str(lake), policy]
    return subprocess.run(command, check=False).returncode == STATUS


def whole_import(source: Path, lake: Path, policy: str = "keep") -> None:
    """Import to the end."""
    main("none", "1", str(source), str(lake), policy)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of three days with quirks: repeats, disorder, gaps."""
    folder = tmp_path_factory.mktemp("history")
    write_history(folder, days=3, snapshots=120, strikes=20, form="mixed", quirks=True)
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """What the lake holds when nothing goes wrong."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    whole_import(source, lake)
    return lake_content(lake)


@pytest.mark.parametrize(("step", "count"), STEPS)
def test_import_again_after_kill_gives_the_undisturbed_lake(
    step: str, count: int, source: Path, undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path
):
    """Whatever the step, the second run ends with the lake that one undisturbed run makes."""
    lake = tmp_path / "lake"
    assert killed_import(step, count, source, lake), "the step was never reached"

    whole_import(source, lake)

    assert lake_content(lake) == undisturbed
    assert nothing_half_done(lake)


@pytest.mark.parametrize(
    ("step", "count"),
    [("before commit", 2), ("committed", 2), ("before retire", 1), ("half retired", 1), ("retired", 1), ("closed", 2)],
)
def test_kill_while_a_conflict_replaces_what_is_stored(step: str, count: int, tmp_path: Path):
    """Replacing rewrites a published part; a kill in the middle leaves the old or the new one, never both or none."""
    first, second, lake = tmp_path / "first", tmp_path / "second", tmp_path / "lake"
    write_history(first, days=1, snapshots=60, strikes=10)
    write_history(second, days=1, snapshots=30, strikes=10, seed=8)
    for name in ("killed", "whole"):
        whole_import(first, lake / name)
    assert killed_import(step, count, second, lake / "killed", "replace"), "the step was never reached"

    whole_import(second, lake / "killed", "replace")
    whole_import(second, lake / "whole", "replace")

    killed, whole = (lake_content(lake / name) for name in ("killed", "whole"))
    assert killed["snapshots"] == whole["snapshots"]
    assert killed["ladders"] == whole["ladders"]
    assert killed["copies"] == whole["copies"]
    assert nothing_half_done(lake / "killed")


@pytest.mark.parametrize("step", ["closed", "before commit", "committed", "half published", "before retire", "retired"])
def test_kill_while_rejects_are_replayed(step: str, tmp_path: Path):
    """A replay is one commit: what won is in and the loser waits, or nothing happened yet."""
    first, second = tmp_path / "first", tmp_path / "second"
    write_history(first, days=1, snapshots=60, strikes=10)
    write_history(second, days=1, snapshots=30, strikes=10, seed=8)
    for name in ("killed", "whole"):
        whole_import(first, tmp_path / name)
        whole_import(second, tmp_path / name)
    whole_import(Path("rejects"), tmp_path / "whole", "replace")
    assert killed_import(step, 1, Path("rejects"), tmp_path / "killed", "replace"), "the step was never reached"

    lake = tmp_path / "killed"
    if step in ("closed", "before commit"):
        whole_import(Path("rejects"), lake, "replace")
    else:
        whole_import(first, lake)  # only settles: nothing of it is new

    killed, whole = lake_content(lake), lake_content(tmp_path / "whole")
    assert killed["snapshots"] == whole["snapshots"]
    assert killed["ladders"] == whole["ladders"]
    assert killed["rejects"] == whole["rejects"]
    assert nothing_half_done(lake)
