"""docs/lake.md, docs/python.md and docs/trust.md promise that their examples run, on the lake of ``tests/fixtures``."""

import re
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
PAGE = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("lake.md", "python.md"))
SQL, PYTHON = (re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE) for language in ("sql", "python"))


def asked(block: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Ask what a block asks, in a session of its own; give the names of the columns and the rows."""
    with duckdb.connect() as session:
        found = session.execute(block)
        return [column[0] for column in found.description], found.fetchall()


@pytest.mark.parametrize("block", SQL)
def test_what_is_asked_in_sql_has_an_answer(analyst: Path, monkeypatch: pytest.MonkeyPatch, block: str):
    """Of what compares the stores no row is the good one."""
    monkeypatch.chdir(analyst)
    _, rows = asked(block)
    assert bool(rows) == ("IS DISTINCT FROM" not in block)


def test_duckdb_reads_in_the_source_what_the_lake_has(analyst: Path, monkeypatch: pytest.MonkeyPatch):
    """And it is told of rows that one of them lacks, and of numbers that differ."""
    (block,) = re.findall(r"(?ms)^```sql\n(.*?)^```", (ROOT / "docs" / "trust.md").read_text(encoding="utf-8"))
    monkeypatch.chdir(ROOT)
    block = block.replace("'lake/", f"'{analyst}/lake/")
    assert asked(block)[1] == []
    for faulty in (
        block.replace("_NQ_NDX_classic_gex_zero.json", "_SPX_classic_gex_full.json"),
        block.replace("AND date =", "AND date <>"),
        block.replace("level[2]::DOUBLE", "nextafter(level[2]::DOUBLE, 0)"),
    ):
        assert asked(faulty)[1]


def test_no_tick_meets_levels_of_the_future_or_of_yesterday(analyst: Path, monkeypatch: pytest.MonkeyPatch):
    """The recording begins at 13:30:02, with a snapshot that has no levels: ticks have some from 13:30:03 on."""
    monkeypatch.chdir(analyst)
    (block,) = [block for block in SQL if "ASOF" in block]
    names, rows = asked(block)
    ticks = [dict(zip(names, row, strict=True)) for row in rows]
    assert ticks[0]["timestamp"] == datetime(2025, 10, 6, 13, 30, 3, tzinfo=UTC)
    assert len(ticks) == 4 * (120 - 3)
    assert all(timedelta() <= tick["age"] < timedelta(seconds=5) for tick in ticks)
    assert all(tick["major_pos_vol"] for tick in ticks)


@pytest.mark.parametrize("program", PYTHON)
def test_what_is_asked_in_python_has_an_answer(
    analyst: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], program: str
):
    """Without a warning, which would be an error in a test."""
    monkeypatch.chdir(analyst)
    page = tmp_path / "page.py"
    page.write_text(program, encoding="utf-8")
    runpy.run_path(str(page), run_name="__main__")
    assert capfd.readouterr().out


def test_what_is_resampled_tells_nothing_of_the_future(analyst: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each step has what the last snapshot before its own moment says."""
    monkeypatch.chdir(analyst)
    (program,) = [program for program in PYTHON if "group_by_dynamic" in program]
    page = tmp_path / "page.py"
    page.write_text(program, encoding="utf-8")
    names = runpy.run_path(str(page))
    steps = names["every_ten"]
    known = names["snapshots"].filter(names["day"]).sort("timestamp").collect()
    assert len(steps) == 13
    for moment, spot in steps.select("timestamp", "spot").iter_rows():
        assert known.filter(pl.col("timestamp") < moment)["spot"].last() == spot
