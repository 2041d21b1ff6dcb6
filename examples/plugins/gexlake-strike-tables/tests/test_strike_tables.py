"""The reader of strike tables: what every reader promises, and how rows become snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gexlake_strike_tables.reader import StrikeTablesReader

from gexlake.plugins import ReadOptions, RejectReason, SourceUnreadable
from gexlake.testing import SourceReaderSuite
from gexlake.testing.builders import make_snapshots
from gexlake.testing.reading import Reading, read_file

Rows = list[dict[str, Any]]
Write = Callable[..., Path]


class TestStrikeTablesReader(SourceReaderSuite):
    """It keeps what every source reader promises, for both kinds of table."""

    @pytest.fixture
    def reader(self) -> StrikeTablesReader:
        """Give the reader."""
        return StrikeTablesReader()

    @pytest.fixture
    def source(self, rows: Rows, write: Write, kind: str) -> Path:
        """Give a folder with a table."""
        return write(rows, f"strikes.{kind}").parent

    @pytest.fixture
    def dirty_source(self, rows: Rows, write: Write, kind: str) -> tuple[Path, dict[RejectReason, int]]:
        """Give a table in which four of five snapshots break a rule."""
        rows[0]["gamma"] = None
        rows[3]["prior_2"] = None
        rows[6]["strike"] = rows[7]["strike"]
        rows[9]["spot"] = 1.0
        return write(rows, f"dirty.{kind}"), {
            RejectReason.NOT_A_NUMBER: 3,
            RejectReason.STRIKE_TWICE: 1,
        }


def read(path: Path, **options: Any) -> Reading:
    """Read a table."""
    reader = StrikeTablesReader()
    (file,) = reader.discover(path)
    return read_file(reader, file, ReadOptions(datetime.now(UTC), **options))


def test_a_snapshot_has_what_its_rows_say(rows: Rows, write: Write, kind: str) -> None:
    """Number by number; the columns that no snapshot has are kept."""
    found = read(write(rows, f"strikes.{kind}"))
    for number, expected in enumerate(make_snapshots(5)):
        told = {"major_pos_vol", "major_neg_vol", "sec_min_dte", "delta_risk_reversal", "max_priors"}
        changes = dict.fromkeys(told, None) | {"extra": {"note": "kept", "version": 2}}
        assert found.snapshots[number] == expected.model_copy(update=changes)
    assert found.rejects == []
    assert found.form == kind


def test_bulk_and_rules_make_the_same_of_a_snapshot(rows: Rows, write: Write, kind: str) -> None:
    """A snapshot that cannot be proven good in bulk, here for a day that is none, is judged by the rules alone."""
    proven = read(write(rows, f"strikes.{kind}")).snapshots
    for row in rows:
        row["min_dte"] = 0.5
    judged = read(write(rows, f"strikes.{kind}")).snapshots
    for number, snapshot in judged.items():
        extra = {name: value for name, value in snapshot.extra.items() if name != "min_dte"}
        assert snapshot.extra["min_dte"] == 0.5
        assert snapshot.model_copy(update={"extra": extra, "min_dte": 0}) == proven[number]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (1759761000, 0.0),
        (1759761000250, 0.25),
        (1759761000.5, 0.5),
        ("2025-10-06T14:30:00Z", 0.0),
        ("2025-10-06 10:30:00-04:00", 0.0),
        (datetime(2025, 10, 6, 14, 30, 0, 250, tzinfo=UTC), 0.00025),
    ],
)
def test_timestamps_are_read_in_every_form(
    rows: Rows, write: Write, kind: str, written: object, seconds: float
) -> None:
    """As gexlake reads them everywhere."""
    found = read(write([row | {"timestamp": written} for row in rows[:3]], f"strikes.{kind}"))
    assert [s.timestamp.timestamp() for s in found.snapshots.values()] == [1759761000 + seconds]


def test_a_table_without_feed_and_priors_is_read(rows: Rows, write: Write, kind: str) -> None:
    """Its name says the category, and net GEX is added up."""
    absent = ("package", "category", "sum_gex_vol", "sum_gex_oi", *(f"prior_{n}" for n in range(1, 6)))
    for row in rows:
        for name in absent:
            del row[name]
    found = read(write(rows, f"NQ_NDX_gex_full.{kind}")).snapshots
    assert {str(snapshot.feed) for snapshot in found.values()} == {"NQ_NDX/classic/gex_full"}
    assert found[0].net_gex == 12.5 + 13.5 + 14.5
    assert {level.priors for level in found[0].strikes} == {()}


def test_ladders_are_brought_into_order(rows: Rows, write: Write, kind: str) -> None:
    """However the rows of a snapshot lie."""
    found = read(write(rows[2::-1] + rows[3:], f"strikes.{kind}"))
    assert found.snapshots == read(write(rows, f"strikes.{kind}")).snapshots


def test_rows_that_do_not_agree_are_a_reject_with_both_values(rows: Rows, write: Write, kind: str) -> None:
    """Nobody could say which one is right."""
    rows[4]["spot"] = 1.5
    (reject,) = read(write(rows, f"strikes.{kind}")).rejects
    assert (reject.record, reject.reason) == (1, RejectReason.NOT_A_NUMBER)
    assert json.loads(reject.raw)["data"]["spot"] == [25190.5, 1.5]


def test_other_tables_are_not_known(write: Write, kind: str) -> None:
    """A table needs the columns of a strike; whoever names one without is told which."""
    path = write([{"timestamp": 1, "price": 2.0}], f"prices.{kind}")
    assert not StrikeTablesReader().knows(path)
    with pytest.raises(SourceUnreadable, match="has no column gamma; export it with"):
        read(path)


@pytest.mark.parametrize("field", ["ticker", "package", "category"])
@pytest.mark.parametrize("name", [" ", "x" * 65])
def test_what_cannot_name_a_feed_is_a_reject(rows: Rows, write: Write, kind: str, field: str, name: str) -> None:
    """It costs its snapshot, not the file."""
    for row in rows[3:6]:
        row[field] = name
    found = read(write(rows, f"strikes.{kind}"), assume_category="gex_zero")
    (reject,) = found.rejects
    wanted = RejectReason.TICKER_INVALID if field == "ticker" else RejectReason.FEED_INVALID
    assert (sorted(found.snapshots), reject.record, reject.reason) == ([0, 2, 3, 4], 1, wanted)
