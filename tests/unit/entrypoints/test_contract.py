"""The shape of snapshots towards the outside."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest

from gexlake.application.asking.answer import Answer
from gexlake.application.columns.batch import SnapshotBatch, offsets
from gexlake.domain.feed import Feed
from gexlake.domain.judge import judge
from gexlake.domain.snapshot import GexSnapshot
from gexlake.domain.timestamps import to_iso, to_micros
from gexlake.entrypoints.shapes.contract import (
    json_rows,
    json_texts,
    moment_texts,
    snapshot_columns,
    snapshot_lines,
    snapshot_objects,
)

NOON = datetime(2025, 10, 6, 16, tzinfo=UTC)


def snapshot(moment: datetime = NOON, **fields: Any) -> GexSnapshot:
    """Make a snapshot of two strikes, one with priors."""
    record: dict[str, Any] = {
        "timestamp": int(moment.timestamp()),
        "ticker": "NQ_NDX",
        "spot": 25_187.21,
        "zero_gamma": 25_100.5,
        "min_dte": 0,
        "sec_min_dte": 1,
        "sum_gex_vol": 3.5,
        "max_priors": [[25_187.21, -1.5]],
        "strikes": [[25_187.21, 2.0, 1.0, [1, 2, 3, 4, 5]], [25_197.21, 1.5, -1.0]],
        **fields,
    }
    envelope = fields.pop("envelope", {})
    record.pop("envelope", None)
    return judge(record, package="classic", category="gex_zero", now=NOON + timedelta(days=1), envelope=envelope)


def answer(*snapshots: GexSnapshot, ladders: bool = True) -> Answer:
    """Make the answer of a lake that holds some snapshots."""
    batch = SnapshotBatch.of(snapshots, range(len(snapshots)))
    columns, strikes = pa.table(batch.snapshots), pa.table(batch.ladders)
    assert offsets(columns.column("strike_count"))[-1] == strikes.num_rows
    return Answer(Feed("NQ_NDX", "classic", "gex_zero"), columns, strikes if ladders else None)


def as_json(made: Answer) -> list[dict[str, Any]]:
    """Read the objects as a client does."""
    return [orjson.loads(orjson.dumps(found)) for found in snapshot_objects(made)]


def test_a_snapshot_has_the_names_of_the_contract() -> None:
    """In the order in which the contract lists them, what the snapshot lacks being null."""
    (found,) = as_json(answer(snapshot()))
    assert found == {
        "timestamp": "2025-10-06T16:00:00Z",
        "ticker": "NQ_NDX",
        "package": "classic",
        "category": "gex_zero",
        "spot_price": 25_187.21,
        "zero_gamma": 25_100.5,
        "net_gex": 3.5,
        "min_dte": 0,
        "sec_min_dte": 1,
        "major_pos_vol": None,
        "major_pos_oi": None,
        "major_neg_vol": None,
        "major_neg_oi": None,
        "sum_gex_vol": 3.5,
        "sum_gex_oi": None,
        "delta_risk_reversal": None,
        "max_priors": [[25_187.21, -1.5]],
        "strike_data": [
            {"strike": 25_187.21, "gamma": 2.0, "oi_gamma": 1.0, "priors": [1.0, 2.0, 3.0, 4.0, 5.0]},
            {"strike": 25_197.21, "gamma": 1.5, "oi_gamma": -1.0, "priors": []},
        ],
    }


def test_each_snapshot_gets_its_own_ladder() -> None:
    """Ladders of different lengths are told apart."""
    first, second = snapshot(), snapshot(NOON + timedelta(seconds=1), strikes=[[1.0, 7.0, 8.0]])
    found = as_json(answer(first, second))
    assert [len(each["strike_data"]) for each in found] == [2, 1]
    assert found[1]["strike_data"] == [{"strike": 1.0, "gamma": 7.0, "oi_gamma": 8.0, "priors": []}]


def test_without_ladders_there_is_no_strike_data() -> None:
    """An empty list would say that the ladder is empty."""
    (found,) = as_json(answer(snapshot(), ladders=False))
    assert "strike_data" not in found


def test_unknown_fields_and_envelopes_come_back_word_for_word() -> None:
    """Even what the JSON library here would not parse."""
    envelope = {"recorded_at": "2025-10-06T16:00:01Z"}
    (found,) = snapshot_objects(answer(snapshot(gamma_flip="\ud800", big=2**70, envelope=envelope)))
    text = orjson.dumps(found)
    assert b'"extra":{"gamma_flip":"\\ud800","big":1180591620717411303424}' in text
    assert b'"envelope":{"recorded_at":"2025-10-06T16:00:01Z"}' in text


def test_moments_are_written_as_everywhere() -> None:
    """Microseconds only where there are some, from the first day to the last."""
    moments = [
        NOON,
        NOON + timedelta(microseconds=1),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
    ]
    moments.append(datetime(9999, 12, 31, 23, 59, 59, 500_000, UTC))
    micros = np.array([to_micros(moment) for moment in moments])
    assert moment_texts(micros) == [to_iso(moment) for moment in moments]


def test_fractions_of_a_second_are_kept() -> None:
    """A timestamp in milliseconds is more than a second."""
    (found,) = as_json(answer(snapshot(timestamp=1_759_766_400_250)))
    assert found["timestamp"] == "2025-10-06T16:00:00.250000Z"


def test_columns_hold_the_ladder_as_a_list() -> None:
    """Parquet has room for what JSON has."""
    made = answer(snapshot(), snapshot(NOON + timedelta(seconds=1)))
    table = snapshot_columns(made)
    objects = as_json(made)
    assert table.column_names[:5] == ["timestamp", "ticker", "package", "category", "spot_price"]
    assert table.column("strike_data").to_pylist() == [found["strike_data"] for found in objects]


def test_ladders_that_do_not_fit_are_never_handed_out() -> None:
    """A missing row would shift every ladder after it."""
    made = answer(snapshot(), snapshot(NOON + timedelta(seconds=1)))
    assert made.ladders is not None
    short = Answer(made.feed, made.snapshots, made.ladders.slice(1))
    with pytest.raises(ValueError, match="3 rows where the snapshots want 4"):
        list(snapshot_objects(short))


def test_an_empty_answer_is_empty() -> None:
    """A range without snapshots is an answer, too."""
    assert as_json(answer()) == []
    assert snapshot_columns(answer()).num_rows == 0


@pytest.mark.parametrize("rows", [3, 60])
def test_texts_are_the_objects_written_out(rows: int) -> None:
    """Byte for byte, with ladders and without, whatever the numbers look like and however many there are."""
    extremes = [[1e-7, 1e21, -0.0, [0, 1e300, -5e-324, 3, 0.1]], [25_187.21, 1.0, -1.0], [3.0, 2.5, 1 / 3, []]]
    extremes += [[float(number), 0.5, number / 7, [number] * 5] for number in range(4, rows + 1)]
    snapshots = [snapshot(strikes=extremes, gamma_flip="ü"), snapshot(NOON + timedelta(seconds=1))]
    snapshots += [snapshot(NOON + timedelta(seconds=2 + more), strikes=extremes) for more in range(rows // 3)]
    for made in (answer(*snapshots), answer(*snapshots, ladders=False), answer(), answer(snapshots[1])):
        assert list(snapshot_lines(made)) == [orjson.dumps(found) for found in snapshot_objects(made)]


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_rows_of_numbers_are_written_as_their_objects_are(count: int) -> None:
    """Digit by digit: large, small and missing ones, moments with microseconds and without."""
    numbers = [0.1, -0.0, 1e300, 5e-324, None, 25_187.0, 1 / 3]
    rows = pa.table(
        {
            "timestamp": pa.array([place * 500_000 for place in range(count)], pa.timestamp("us", tz="UTC")),
            "spot": pa.array([numbers[place % 7] for place in range(count)], pa.float64()),
            "net_gex": pa.array([numbers[place % 4] for place in range(count)], pa.float64()),
        }
    )
    names = {"timestamp": "timestamp", "spot_price": "spot", "net_gex": "net_gex"}
    assert json_texts(rows, names) == [orjson.dumps(row) for row in json_rows(rows, names)]
