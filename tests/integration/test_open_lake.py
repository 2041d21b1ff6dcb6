"""``gexlake.open``: what it answers, on the lake that ``tests/fixtures/history`` makes."""

import json
import subprocess
import sys
from base64 import b64decode
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import gexlake
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.application.columns.rows import micros_of
from gexlake.domain.errors import FeedAmbiguous, GexlakeError, LakeNotFound, SnapshotNotFound
from gexlake.entrypoints.python.open_lake import OpenLake
from gexlake.testing.builders import make_snapshot
from support.commands import Commands
from support.serving import put

NQ = "NQ_NDX/classic/gex_zero"
OPEN = datetime(2025, 10, 6, 13, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened(analyst: Path) -> OpenLake:
    """The lake."""
    return gexlake.open(analyst / "lake")


def test_it_says_what_there_is(opened: OpenLake) -> None:
    """By feed and trading day."""
    days = opened.days().to_pylist()
    assert NQ in opened.feeds()
    assert sorted({f"{day['ticker']}/{day['package']}/{day['category']}" for day in days}) == opened.feeds()
    (first,) = [day for day in days if day["ticker"] == "NQ_NDX" and day["date"] == date(2025, 10, 6)]
    assert first["snapshots"] == opened.snapshots(NQ, "2025-10-06", "2025-10-06").num_rows
    assert first["strikes"] == opened.ladders(NQ, "2025-10-06", "2025-10-06").num_rows
    assert (first["first"] - OPEN).total_seconds() < 5


def test_a_replay_has_every_snapshot_and_strike_of_the_tables(opened: OpenLake) -> None:
    """In their order, each ladder with its snapshot."""
    replayed = list(opened.replay("NQ_NDX"))
    assert [row for row, _ in replayed] == opened.snapshots("NQ_NDX").to_pylist()
    assert all(set(ladder.column("timestamp").to_pylist()) == {row["timestamp"]} for row, ladder in replayed)
    assert pa.concat_tables(ladder for _, ladder in replayed) == opened.ladders("NQ_NDX")


def test_a_snapshot_is_what_the_command_says_of_it(opened: OpenLake, analyst: Path, commands: Commands) -> None:
    """The latest, and as of a moment."""
    for moment in (None, "2025-10-06T13:31:00.5Z"):
        words = ["query", "NQ_NDX", "--json", "--lake", str(analyst / "lake"), *(["--at", moment] if moment else [])]
        (said,) = json.loads(commands(*words).out)
        found = opened.snapshot("NQ_NDX", moment)
        assert found.timestamp == datetime.fromisoformat(said["timestamp"])
        assert (found.spot, found.net_gex) == (said["spot_price"], said["net_gex"])
        assert [(level.strike, level.gamma, list(level.priors)) for level in found.strikes] == [
            (row["strike"], row["gamma"], row["priors"]) for row in said["strike_data"]
        ]


@pytest.mark.parametrize(
    "moment",
    [
        "2025-10-06T13:31:00Z",
        "2025-10-06T09:31:00-04:00",
        1759757460,
        1759757460000,
        datetime(2025, 10, 6, 9, 31, tzinfo=timezone(timedelta(hours=-4))),
        np.int64(1759757460),
        pa.scalar(OPEN + timedelta(minutes=1)),
    ],
)
def test_a_moment_is_written_in_many_ways(opened: OpenLake, moment: Any) -> None:
    """All mean the same."""
    assert opened.snapshot(NQ, moment).timestamp == OPEN + timedelta(minutes=1)


def test_a_date_is_a_whole_day(opened: OpenLake) -> None:
    """As a text, and as a date."""
    day = date(2025, 10, 6)
    assert opened.snapshots(NQ, day, day) == opened.snapshots(NQ, "2025-10-06", "2025-10-06")
    assert opened.snapshot(NQ, day).trading_day == day


@pytest.mark.parametrize("every", ["10s", timedelta(seconds=10)])
def test_of_each_step_the_last_snapshot_is_given(opened: OpenLake, every: Any) -> None:
    """Under its own timestamp."""
    day = ("2025-10-06", "2025-10-06")
    steps = {one // 10_000_000: one for one in micros_of(opened.snapshots(NQ, *day)).tolist()}
    assert micros_of(opened.snapshots(NQ, *day, every=every)).tolist() == list(steps.values())


@pytest.mark.parametrize("every", [None, "10s"])
def test_the_newest_are_the_last(opened: OpenLake, every: Any) -> None:
    """So many of the range, or of its steps; all, if there are fewer."""
    whole = opened.snapshots(NQ, "2025-10-06", "2025-10-06", every=every)
    for count in (1, np.int64(3), 10**6):
        assert opened.snapshots(NQ, "2025-10-06", "2025-10-06", every=every, newest=count) == whole.slice(
            max(0, whole.num_rows - int(count))
        )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"start": datetime(2025, 10, 6)}, "start names no time zone: 2025-10-06 00:00:00"),  # noqa: DTZ001  # that is the fault
        ({"end": "yesterday"}, "end is 'yesterday', which is not ISO-8601"),
        ({"start": float("nan")}, "start is nan"),
        ({"start": 20251006}, "start is 20251006; Unix time has 9 to 13 digits, and a date is written as a text"),
        ({"end": 1759757402_000_000_000}, "end is 1759757402000000000; Unix time has 9 to 13 digits"),
        ({"end": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}, "beyond all dates"),
        ({"start": "2025-10-07", "end": "2025-10-06"}, "before it begins"),
        ({"every": timedelta()}, "every is 0:00:00; a step is longer than nothing"),
        ({"every": timedelta.max}, "and has 99,999 days at most"),
        ({"every": "soon"}, "every: 'soon' is no step of time; write 30s"),
        ({"newest": 0}, "newest is 0; write a whole number from 1 on"),
        ({"newest": True}, "newest is True; write a whole number from 1 on"),
        ({"newest": 2.5}, "newest is 2.5; write a whole number from 1 on"),
    ],
)
def test_moments_that_are_none_are_refused(opened: OpenLake, question: dict[str, Any], said: str) -> None:
    """With the cure."""
    with pytest.raises(ValueError, match=said):
        opened.snapshots(NQ, **question)


COLUMN = [OPEN + timedelta(milliseconds=250) * n for n in range(480)]


@pytest.mark.parametrize(
    "moments",
    [
        COLUMN,
        pa.array(COLUMN),
        pa.chunked_array([COLUMN[:7], COLUMN[7:]], pa.timestamp("ns", "America/New_York")),
        pl.Series(COLUMN),
        pl.Series(COLUMN, dtype=pl.Datetime("ns", "Europe/Berlin")),
    ],
    ids=["list", "array", "chunks", "series", "nanoseconds"],
)
def test_a_column_of_ticks_is_joined(opened: OpenLake, moments: Any) -> None:
    """Of any library; each tick meets what a single question gives for it."""
    known = opened.as_of(NQ, moments, max_age=timedelta(seconds=5)).to_pylist()
    assert [row["moment"] for row in known] == COLUMN
    with opened:
        for row in known[::40]:
            alone = opened.snapshot(NQ, row["moment"])
            fresh = row["moment"] - alone.timestamp <= timedelta(seconds=5)
            assert (row["timestamp"], row["spot"]) == ((alone.timestamp, alone.spot) if fresh else (None, None))


def test_part_of_a_microsecond_does_not_look_into_the_future(opened: OpenLake) -> None:
    """A tick a nanosecond before a snapshot does not know it."""
    published = opened.snapshots(NQ).column("timestamp")[3].value * 1000
    moments = pa.array([published - 1, published]).cast(pa.timestamp("ns", "UTC"))
    before, at = opened.as_of(NQ, moments).column("timestamp").to_pylist()
    assert before < at


@pytest.mark.parametrize(
    ("moments", "said"),
    [
        (np.array(["2025-10-06T13:31"], "datetime64[us]"), "no time zone. Give them the one that they are in"),
        ([OPEN, datetime(2025, 10, 6, 13, 31)], "Some of the moments name no time zone"),  # noqa: DTZ001  # that is the fault
        (["2025-10-06T13:31:00Z"], "hold '2025-10-06T13:31:00Z', which is no datetime"),
        ([OPEN, 1759757460], "hold 1759757460, which is no datetime"),
        (pa.array([1759757460]), "of the type int64, not timestamps with a time zone. Make them such"),
        (pl.DataFrame({"moment": [OPEN]}), "give one column of a table"),
        ([OPEN, None], "1 of the 2 moments are missing"),
        (pl.Series([OPEN, None]), "1 of the 2 moments are missing"),
        (OPEN, "not a column of them"),
        ("2025-10-06T13:31:00Z", "not a column of them"),
        (pa.array([1759757460_000], pa.timestamp("s", "UTC")), "beyond all dates"),
        (pa.array([2**62], pa.timestamp("s", "UTC")), "beyond all dates"),
        ([datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))], "beyond all dates"),
    ],
)
def test_columns_that_are_no_moments_are_refused(opened: OpenLake, moments: Any, said: str) -> None:
    """With the cure."""
    with pytest.raises(ValueError, match=said):
        opened.as_of(NQ, moments)


@pytest.mark.parametrize(
    "moments",
    [[], (), pa.array([]), pl.Series([]), pl.Series([], dtype=pl.Datetime("ns", "UTC")), np.array([], dtype=object)],
    ids=["list", "tuple", "array", "series", "typed", "objects"],
)
def test_of_no_moments_there_are_no_rows(opened: OpenLake, moments: Any) -> None:
    """What is empty need not say of what."""
    known = opened.as_of(NQ, moments)
    assert (known.num_rows, known.schema) == (0, opened.as_of(NQ, [OPEN]).schema)


def test_sessions_are_told_as_the_command_tells_them(opened: OpenLake, analyst: Path, commands: Commands) -> None:
    """Of one feed, and of all; a moment means its trading day."""
    said = json.loads(commands("coverage", "--json", "--lake", str(analyst / "lake")).out)
    found = opened.coverage().to_pylist()
    assert [row | {"date": str(row["date"])} for row in found] == [_read(row) for row in said]
    assert opened.coverage(NQ).to_pylist() == [row for row in found if row["ticker"] == "NQ_NDX"]
    for day in ("2025-10-06", date(2025, 10, 6), pa.scalar(date(2025, 10, 6)), "2025-10-07T01:00:00Z"):
        (session,) = opened.coverage(NQ, day, day).to_pylist()
        assert session["date"] == date(2025, 10, 6)
    with pytest.raises(ValueError, match="before it begins"):
        opened.coverage(NQ, "2025-10-07", "2025-10-06")


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """Read the moments of a row of JSON."""
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in ("opens", "closes", "first", "last")}
    gaps = [gap | {name: datetime.fromisoformat(gap[name]) for name in ("start", "end")} for gap in row["gaps"]]
    return row | moments | {"gaps": gaps}


def test_a_picture_is_that_of_the_command(opened: OpenLake, analyst: Path, commands: Commands) -> None:
    """A notebook shows it, and its repr is short: it may stand at the end of a line, too."""
    asked = ("day", NQ.split("/", maxsplit=1)[0], "--format", "svg", "--lake", str(analyst / "lake"))
    assert opened.picture("NQ_NDX").svg == commands(*asked).out
    picture = opened.picture(NQ, pa.scalar(date(2025, 10, 6)), by="interest")
    assert picture._repr_svg_() == picture.svg
    assert picture.svg == commands(*asked, "--date", "2025-10-06", "--by", "interest").out
    assert repr(picture).endswith("day=datetime.date(2025, 10, 6))")
    with pytest.raises(ValueError, match="by is 'oi'; write volume or interest"):
        opened.picture(NQ, by="oi")
    with pytest.raises(ValueError, match="day is 'soon', which is not ISO-8601"):
        opened.picture(NQ, "soon")


def test_a_heatmap_is_that_of_the_ladders(opened: OpenLake) -> None:
    """The last one of each step; of the last trading day, if no range is named."""
    day = ("2025-10-06", "2025-10-06")
    gex = opened.heatmap("NQ_NDX", *day, every="10s", by="interest")
    assert gex.snapshots.column("timestamp") == opened.snapshots(NQ, *day, every="10s").column("timestamp")
    assert gex.values.shape == (len(gex.strikes), gex.snapshots.num_rows)
    for moment, column in zip(gex.snapshots.column("timestamp").to_pylist(), gex.values.T, strict=True):
        levels = {level.strike: level.oi_gamma for level in opened.snapshot(NQ, moment).strikes}
        assert dict(zip(gex.strikes[~np.isnan(column)], column[~np.isnan(column)], strict=True)) == levels
    last = opened.days().to_pylist()[-1]
    few = opened.heatmap(f"{last['ticker']}/{last['package']}/{last['category']}", columns=2, bucket=100)
    assert set(few.strikes % 100) == {0}
    assert 0 < few.snapshots.num_rows <= 2
    assert few.snapshots.column("timestamp")[-1].as_py() == last["last"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"columns": 1}, "columns is 1; write a whole number from 2 to 2,000"),
        ({"columns": 2.5}, "columns is 2.5; write a whole number"),
        ({"columns": None}, "columns is None; write a whole number"),
        ({"bucket": 0}, "bucket is 0; write a price from 0.01 to 1,000,000"),
        ({"bucket": "25"}, "bucket is '25'; write a price"),
        ({"bucket": float("nan")}, "bucket is nan; write a price"),
        ({"by": "gamma"}, "by is 'gamma'; write volume or interest"),
        ({"every": "soon"}, "every: 'soon'"),
    ],
)
def test_a_heatmap_of_nothing_is_refused(opened: OpenLake, asked: dict[str, Any], said: str) -> None:
    """With what can be written in its place."""
    with pytest.raises(ValueError, match=said):
        opened.heatmap(NQ, **asked)


def test_one_strike_is_followed_through_time(opened: OpenLake) -> None:
    """And a range of them, both ends included."""
    ladders = pl.from_arrow(opened.ladders(NQ))
    assert isinstance(ladders, pl.DataFrame)
    low, high = ladders["strike"].sort().unique(maintain_order=True)[[3, 6]].to_list()
    for wanted in ((low, high), (low, low)):
        found = pl.from_arrow(opened.ladders(NQ, strikes=wanted))
        assert isinstance(found, pl.DataFrame)
        assert 0 < found.height < ladders.height
        assert found.equals(ladders.filter(pl.col("strike").is_between(*wanted)))
    assert opened.ladders(NQ, strikes=(0, 1)).schema == opened.ladders(NQ).schema


@pytest.mark.parametrize("strikes", [25_000, (25_000,), (2, 1), ("low", "high"), (float("nan"), 1)])
def test_strikes_are_from_one_to_another(opened: OpenLake, strikes: Any) -> None:
    """With an example of what can be written."""
    with pytest.raises(ValueError, match=r"write the lowest and the highest one: \(24_900, 25_100\)"):
        opened.ladders(NQ, strikes=strikes)


def test_every_snapshot_leads_to_its_file(opened: OpenLake) -> None:
    """By the number of the reading, and its place in the file."""
    names = {row["file_id"]: Path(row["source_file"]) for row in opened.lineage().to_pylist()}
    snapshots = opened.snapshots(NQ, "2025-10-06", "2025-10-06").to_pylist()
    (path,) = {names[row["file_id"]] for row in snapshots}
    records = json.loads(path.read_bytes())
    assert [records[row["record"]]["spot"] for row in snapshots] == [row["spot"] for row in snapshots]


def test_doubtful_records_are_told_as_the_commands_tell_them(tmp_path: Path, commands: Commands) -> None:
    """Rejects, settled ones too if they are asked for, and ladders that do not add up: by feed, too."""
    lake, dirty = str(tmp_path / "lake"), Path(__file__).parents[1] / "fixtures" / "dirty"
    assert commands("import", dirty / "ladder-does-not-add-up", "--lake", lake).status == 0
    assert commands("import", dirty, "--lake", lake).status == 1
    opened = gexlake.open(lake)

    def told(*words: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(commands(*words, "--json", "--limit", "1000", "--lake", lake).out)
        return [row | {"timestamp": row["timestamp"] and datetime.fromisoformat(row["timestamp"])} for row in rows]

    assert opened.rejects().to_pylist() == told("rejects", "list")
    commands("rejects", "dismiss", "--reason", "conflict", "--lake", lake)
    waiting, all_of_them = opened.rejects(), opened.rejects(settled=True, raw=True)
    assert 0 < waiting.num_rows < all_of_them.num_rows
    assert waiting.to_pylist() == told("rejects", "list")
    assert all_of_them.drop_columns("raw").to_pylist() == told("rejects", "list", "--all")
    words = all_of_them.column("raw").to_pylist()
    exported = map(json.loads, commands("rejects", "export", "-", "--all", "--meta", "--lake", lake).out.splitlines())
    assert words == [one["raw"].encode() if "raw" in one else b64decode(one["raw_base64"]) for one in exported]
    flagged = opened.flagged()
    assert flagged.to_pylist() == told("flagged") != []
    one = flagged.to_pylist()[0]
    name = f"{one['ticker']}/{one['package']}/{one['category']}"
    assert opened.flagged(name).to_pylist() == told("flagged", one["ticker"], "--category", one["category"])
    with pytest.raises(SnapshotNotFound, match="it holds"):
        opened.flagged("AAPL")


def test_what_is_too_old_is_not_found(opened: OpenLake) -> None:
    """It was a moment too early; without a moment no age is of any meaning."""
    ended = opened.snapshots(NQ).column("timestamp")[-1].as_py()
    later = ended + timedelta(seconds=5)
    assert opened.snapshot(NQ, later, max_age=timedelta(seconds=5)).timestamp == ended
    with pytest.raises(SnapshotNotFound, match=r"within 4\.5 seconds before .*; the last one is of"):
        opened.snapshot(NQ, later, max_age=timedelta(seconds=4.5))
    with pytest.raises(ValueError, match="max_age wants at"):
        opened.snapshot(NQ, max_age=timedelta(seconds=5))


@pytest.mark.parametrize("age", [5, timedelta(seconds=-1), "5s"])
def test_an_age_is_a_timedelta(opened: OpenLake, age: Any) -> None:
    """And not a negative one, for which nothing would be known."""
    with pytest.raises(ValueError, match=r"max_age is .*Write timedelta\(seconds=5\)"):
        opened.as_of(NQ, [OPEN], max_age=age)


def test_what_is_not_there_is_told(opened: OpenLake, tmp_path: Path) -> None:
    """By the errors of the domain."""
    with pytest.raises(LakeNotFound, match="gexlake import"):
        gexlake.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(SnapshotNotFound, match=f"it holds .*{NQ}"):
        opened.snapshot("AAPL")
    with pytest.raises(SnapshotNotFound, match=r"at or before 2024-01-01T23:59:59.999999Z. days\(\) lists"):
        opened.snapshot(NQ, "2024-01-01")
    assert opened.snapshots(NQ, "2024-01-01", "2024-01-02").num_rows == 0
    assert opened.ladders(NQ, "2024-01-01", "2024-01-02").num_rows == 0
    assert list(opened.replay(NQ, "2024-01-01", "2024-01-02")) == []


def test_tickers_with_slashes_and_feeds_of_three_names(lake: DuckDbLake, tmp_path: Path) -> None:
    """A name of three is that feed; what it leaves open is told."""
    put(lake, *([make_snapshot(ticker="BRK/B", category=category)] for category in ("gex_one", "gex_full")))
    lake.close()
    opened = gexlake.open(tmp_path / "lake")
    assert opened.feeds() == ["BRK/B/classic/gex_full", "BRK/B/classic/gex_one"]
    assert opened.snapshot("BRK/B/classic/gex_one").category == "gex_one"
    assert opened.snapshot("brk/b/classic/one").category == "gex_one"
    with pytest.raises(FeedAmbiguous, match=r"BRK/B/classic/gex_full, BRK/B/classic/gex_one\. Name one of these"):
        opened.snapshot("BRK/B")
    with pytest.raises(SnapshotNotFound, match=r"BRK/B/state/gex_one \(it holds BRK/B/classic/gex_full"):
        opened.snapshot("BRK/B/state/gex_one")


@pytest.mark.parametrize("name", ["", " ", None])
def test_no_name_is_no_feed(opened: OpenLake, name: Any) -> None:
    """A variable that is not set must not stand for whatever feed there is."""
    with pytest.raises(ValueError, match=r"feed is .*feeds\(\) lists them"):
        opened.snapshot(name)


def test_what_a_program_names_is_there_when_it_is_named() -> None:
    """And is loaded only then; what there is not is not."""
    assert set(gexlake.__all__) <= set(dir(gexlake))
    assert (gexlake.GexlakeError, gexlake.OpenLake) == (GexlakeError, OpenLake)
    assert all(hasattr(gexlake, name) for name in gexlake.__all__)
    assert not hasattr(gexlake, "close")
    loaded = "import sys, gexlake; print([name for name in sys.modules if name.startswith(('gexlake.', 'pyarrow'))])"
    said = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert said.stdout == "[]\n"


def test_a_path_is_that_of_the_beginning(analyst: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program goes; and ``~`` is home, as no shell has said."""
    monkeypatch.chdir(analyst)
    lake = gexlake.open("lake")
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", str(analyst))
    assert lake.feeds() == gexlake.open("~/lake").feeds()
    assert repr(lake) == repr(gexlake.open("~/lake")) == f"gexlake.open({str(analyst / 'lake')!r})"


def test_processes_may_ask_at_a_time(opened: OpenLake) -> None:
    """Each opens the lake for itself."""
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        assert list(processes.map(opened.snapshot, [NQ, NQ])) == [opened.snapshot(NQ)] * 2


def test_without_a_folder_it_is_the_lake_of_the_settings(analyst: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it says which."""
    monkeypatch.setenv("GEXLAKE_LAKE", str(analyst / "lake"))
    assert repr(gexlake.open()) == f"gexlake.open({str(analyst / 'lake')!r})"
