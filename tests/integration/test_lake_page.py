"""docs/lake.md promises that its examples run, on the lake that ``tests/fixtures/history`` makes."""

import re
import runpy
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lake.md").read_text(encoding="utf-8")
SQL, PYTHON = (re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE) for language in ("sql", "python"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an analyst begins: the folder that holds ``lake``."""
    place = tmp_path_factory.mktemp("analyst")
    history = ROOT / "tests" / "fixtures" / "history"
    command = [Path(sys.executable).with_name("gexlake"), "import", history, "--lake", place / "lake"]
    subprocess.run(command, check=True, capture_output=True)
    return place


def asked(block: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Ask what a block asks, in a session of its own; give the names of the columns and the rows."""
    with duckdb.connect() as session:
        found = session.execute(block)
        return [column[0] for column in found.description], found.fetchall()


@pytest.mark.parametrize("block", SQL)
def test_what_is_asked_in_sql_has_an_answer(folder: Path, monkeypatch: pytest.MonkeyPatch, block: str):
    """Of what compares the stores no row is the good one."""
    monkeypatch.chdir(folder)
    _, rows = asked(block)
    assert bool(rows) == ("IS DISTINCT FROM" not in block)


def test_no_tick_meets_levels_of_the_future_or_of_yesterday(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """The recording begins at 13:30:02, with a snapshot that has no levels: ticks have some from 13:30:03 on."""
    monkeypatch.chdir(folder)
    (block,) = [block for block in SQL if "ASOF" in block]
    names, rows = asked(block)
    ticks = [dict(zip(names, row, strict=True)) for row in rows]
    assert ticks[0]["timestamp"] == datetime(2025, 10, 6, 13, 30, 3, tzinfo=UTC)
    assert len(ticks) == 4 * (120 - 3)
    assert all(timedelta() <= tick["age"] < timedelta(seconds=5) for tick in ticks)
    assert all(tick["major_pos_vol"] for tick in ticks)


@pytest.mark.parametrize("program", PYTHON)
def test_what_is_asked_in_python_has_an_answer(folder: Path, program: str):
    """Without a warning."""
    command = [sys.executable, "-W", "error", "-c", program]
    assert subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def test_what_is_resampled_tells_nothing_of_the_future(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each step has what the last snapshot before its own moment says."""
    monkeypatch.chdir(folder)
    (program,) = [program for program in PYTHON if "group_by_dynamic" in program]
    page = tmp_path / "page.py"
    page.write_text(program, encoding="utf-8")
    names = runpy.run_path(str(page))
    steps = names["every_ten"]
    known = names["snapshots"].filter(names["day"]).sort("timestamp").collect()
    assert len(steps) == 13
    for moment, spot in steps.select("timestamp", "spot").iter_rows():
        assert known.filter(pl.col("timestamp") < moment)["spot"].last() == spot
