"""docs/http.md promises that its program brings a whole day, however many answers that takes."""

import re
import runpy
from pathlib import Path

import polars as pl
import pytest

from support.commands import Commands
from support.server import Server

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)


@pytest.mark.parametrize("limit", ["10000", "50"])
def test_the_program_gives_all_levels_of_the_day(commands: Commands, tmp_path: Path, limit: str) -> None:
    """In their order, each once: in one answer, or in three."""
    lake, page = tmp_path / "lake", tmp_path / "page.py"
    assert commands("import", ROOT / "tests" / "fixtures" / "history", "--lake", lake).status == 0
    with Server(lake, commands) as server:
        program = PROGRAM.replace("http://127.0.0.1:8080", server.url).replace("limit=10000", f"limit={limit}")
        page.write_text(program, encoding="utf-8")
        names = runpy.run_path(str(page))
    assert len(names["pages"]) == (1 if limit == "10000" else 3)
    stored = pl.scan_parquet(lake / "snapshots/ticker=NQ_NDX/**/*.parquet", hive_partitioning=False)
    day = stored.filter(pl.col("timestamp").dt.date() == pl.date(2025, 10, 6)).collect().sort("timestamp")
    assert len(day) == 120
    assert names["levels"]["timestamp"].to_list() == day["timestamp"].to_list()
    assert names["levels"]["spot_price"].to_list() == day["spot"].to_list()
