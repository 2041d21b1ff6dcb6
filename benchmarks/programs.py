"""What a program waits for: ``gexlake.open`` beside Polars and DuckDB, which read the files of the same lake."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from data import warm
from figures import figure, ratio
from lakes import make_lake
from sizes import Setup

import gexlake
from gexlake.domain.snapshot import GexSnapshot
from gexlake.entrypoints.python.open_lake import OpenLake

TICKER, FEED = "SPX", "ticker = 'SPX' AND package = 'classic' AND category = 'gex_zero'"
KNOWN = ("timestamp", "spot", "zero_gamma", "major_pos_vol", "major_neg_vol", "net_gex")
_LEVELLESS = "zero_gamma = 0 AND major_pos_vol = 0 AND major_neg_vol = 0"
#: The first snapshot of a day has no levels: only gexlake knows what was known then, the others begin after it.
_LATER = timedelta(minutes=5)
Found = pa.Table | GexSnapshot


class Way(Protocol):
    """A way to ask a lake."""

    def snapshot(self, moment: datetime) -> Found:
        """Give what was known at a moment of its day, with its ladder."""

    def as_of(self, ticks: pa.Array) -> pa.Table:
        """Give ``KNOWN`` for each of some ticks of a day, which ascend."""

    def ladders(self, day: date) -> pa.Table:
        """Give all ladders of a day."""


class _Gexlake:
    def __init__(self, lake: OpenLake) -> None:
        self._lake = lake

    def snapshot(self, moment: datetime) -> Found:
        return self._lake.snapshot(TICKER, moment)

    def as_of(self, ticks: pa.Array) -> pa.Table:
        return self._lake.as_of(TICKER, ticks).select(KNOWN)

    def ladders(self, day: date) -> pa.Table:
        return self._lake.ladders(TICKER, day, day)


class _Polars:
    def __init__(self, lake: Path) -> None:
        of_feed = (pl.col("ticker") == TICKER) & (pl.col("package") == "classic") & (pl.col("category") == "gex_zero")
        self._strikes, self._snapshots = (
            pl.scan_parquet(lake / kind / "**/*.parquet", hive_partitioning=True).filter(of_feed)
            for kind in ("strikes", "snapshots")
        )

    def snapshot(self, moment: datetime) -> Found:
        before = self._snapshots.filter(pl.col("date") == moment.date(), pl.col("timestamp") <= moment)
        last = before.select(pl.col("timestamp").max()).collect().item()
        ladder = self._strikes.filter(pl.col("date") == moment.date(), pl.col("timestamp") == last)
        return ladder.sort("strike").collect().to_arrow()

    def as_of(self, ticks: pa.Array) -> pa.Table:
        day = self._snapshots.filter(pl.col("date") == ticks[0].as_py().date(), ~pl.sql_expr(_LEVELLESS))
        moments = pl.LazyFrame({"moment": pl.from_arrow(ticks)})
        levels = day.select(KNOWN).sort("timestamp")
        return moments.join_asof(levels, left_on="moment", right_on="timestamp", coalesce=False).collect().to_arrow()

    def ladders(self, day: date) -> pa.Table:
        return self._strikes.filter(pl.col("date") == day).sort("timestamp", "strike").collect().to_arrow()


class _DuckDb:
    def __init__(self, lake: Path) -> None:
        self._connection = duckdb.connect()
        for kind in ("strikes", "snapshots"):
            files = f"read_parquet('{lake}/{kind}/**/*.parquet', hive_partitioning = true)"
            self._connection.execute(f"CREATE VIEW {kind} AS SELECT * FROM {files} WHERE {FEED}")

    def snapshot(self, moment: datetime) -> Found:
        last = "SELECT max(timestamp) FROM snapshots WHERE date = $day AND timestamp <= $moment"
        ladder = f"SELECT * FROM strikes WHERE date = $day AND timestamp = ({last}) ORDER BY strike"
        return self._asked(ladder, day=moment.date(), moment=moment)

    def as_of(self, ticks: pa.Array) -> pa.Table:
        self._connection.register("ticks", pa.table({"moment": ticks}))
        known = f"SELECT {', '.join(KNOWN)} FROM snapshots WHERE date = $day AND NOT ({_LEVELLESS})"
        joined = f"SELECT {', '.join(KNOWN)} FROM ticks ASOF JOIN ({known}) AS known ON moment >= timestamp"
        return self._asked(f"{joined} ORDER BY moment", day=ticks[0].as_py().date())

    def ladders(self, day: date) -> pa.Table:
        return self._asked("SELECT * FROM strikes WHERE date = $day ORDER BY timestamp, strike", day=day)

    def _asked(self, sql: str, **parameters: Any) -> pa.Table:
        return self._connection.sql(sql, params=parameters).to_arrow_table()


def run(setup: Setup) -> dict[str, Any]:
    """Ask the same in all ways, which take turns."""
    lake = make_lake("asked", setup.size.lake, setup.work)
    warm([path for path in lake.rglob("*") if path.is_file()])
    opened = gexlake.open(lake)
    (*_, day) = (row for row in opened.days().to_pylist() if row["ticker"] == TICKER)
    dice = random.Random(7)  # noqa: S311  questions, not secrets
    first, last = day["first"] + _LATER, day["last"]
    moments = [first + dice.random() * (last - first) for _ in range(setup.size.bulk)]
    ticks = pa.array(
        first + np.arange(setup.size.ticks) * ((last - first) / setup.size.ticks), pa.timestamp("us", "UTC")
    )
    with ExitStack() as stack:
        begun = time.perf_counter()
        held = stack.enter_context(gexlake.open(lake))
        opening = time.perf_counter() - begun
        ways: dict[str, Way] = {
            "gexlake.open": _Gexlake(opened),
            "gexlake.open, held": _Gexlake(held),
            "Polars": _Polars(lake),
            "DuckDB": _DuckDb(lake),
        }
        return {
            "snapshots": day["snapshots"],
            "strikes": day["strikes"],
            "ticks": len(ticks),
            "moments": len(moments),
            "opening_seconds": opening,
            "snapshot": _turns(setup, ways, lambda way: [way.snapshot(moment) for moment in moments], _ladder_sums),
            "as_of": _turns(setup, ways, lambda way: [way.as_of(ticks)], _sums),
            "ladders": _turns(setup, ways, lambda way: [way.ladders(day["date"])], _sums),
        }


def _turns(
    setup: Setup, ways: dict[str, Way], ask: Callable[[Way], Sequence[Found]], summed: Callable[[Found], Any]
) -> dict[str, Any]:
    """Ask in each way, so many times; the answers must be the same."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(setup.size.runs):
        answers = []
        for name, way in ways.items():
            begun = time.perf_counter()
            found = ask(way)
            rounds[name].append((time.perf_counter() - begun) / len(found))
            answers.append(list(map(summed, found)))
        assert all(answer == answers[0] for answer in answers), answers
    ours = rounds["gexlake.open"]
    return {
        name: {"ms": figure(one * 1e3 for one in seconds), "times": ratio(ours, seconds)}
        for name, seconds in rounds.items()
    }


def _ladder_sums(found: Found) -> tuple[int, float]:
    if isinstance(found, GexSnapshot):
        return len(found.strikes), float(np.sum([level.gamma for level in found.strikes]))
    return _sums(found)


def _sums(found: pa.Table) -> tuple[int, float]:
    """Sum up what must be the same in all answers, in the same order."""
    return found.num_rows, float(
        found.column("gamma" if "gamma" in found.column_names else "zero_gamma").to_numpy().sum()
    )
