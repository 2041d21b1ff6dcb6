"""The synthetic market: what a quant, the importer and a benchmark rely on."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gexlake.adapters.synthetic.gamma import exposure_per_contract
from gexlake.adapters.synthetic.generate import FORM_NAMES, write_history
from gexlake.adapters.synthetic.model import DayModel
from gexlake.adapters.synthetic.records import records
from gexlake.adapters.synthetic.sessions import last_sessions, session_on, snapshot_seconds
from gexlake.adapters.synthetic.snapshots import take_snapshots

DAY = date(2025, 10, 6)
KEYS = [
    "timestamp",
    "ticker",
    "min_dte",
    "sec_min_dte",
    "spot",
    "zero_gamma",
    "major_pos_vol",
    "major_pos_oi",
    "major_neg_vol",
    "major_neg_oi",
    "strikes",
    "sum_gex_vol",
    "sum_gex_oi",
    "delta_risk_reversal",
    "max_priors",
]


def day_of(out: Path, **options: Any) -> list[dict[str, Any]]:
    """Write one small day and read it back."""
    options = {"end": DAY, "snapshots": 60, **options}
    (path,) = write_history(out, days=1, **options)
    return json.loads(path.read_bytes())


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file of any form, in the vendor's present spelling."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode()
    if path.suffix == ".jsonl":
        found = [json.loads(line) for line in text.splitlines()]
    else:
        found = json.loads(text)
        if isinstance(found, dict):
            found = found.get("snapshots", [found])
    for record in found:
        snapshot = record.get("data", record)
        if "spot_price" in snapshot:
            at = datetime.fromisoformat(snapshot["timestamp"])
            snapshot = {("spot" if key == "spot_price" else key): value for key, value in snapshot.items()}
            snapshot["timestamp"] = int(at.timestamp())
            assert snapshot.pop("net_gex") == snapshot["sum_gex_vol"]
        yield snapshot


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Give one small day of the default feed."""
    return day_of(tmp_path_factory.mktemp("history"))


def test_equal_arguments_give_equal_bytes(tmp_path: Path):
    """A history is a function of its arguments, in every form and with every quirk."""
    for out in ("one", "two"):
        write_history(tmp_path / out, days=8, form="mixed", snapshots=12, strikes=9, quirks=True)
    one, two = (
        {path.relative_to(tmp_path / out): path.read_bytes() for path in (tmp_path / out).rglob("*.*")}
        for out in ("one", "two")
    )
    assert one == two


def test_another_seed_is_another_market(tmp_path: Path):
    """The seed matters."""
    assert day_of(tmp_path / "a", seed=1) != day_of(tmp_path / "b", seed=2)


def test_records_have_the_keys_of_the_vendor_in_its_order(snapshots: list[dict[str, Any]]):
    """Key order is part of the form."""
    assert all(list(record) == KEYS for record in snapshots)


def test_bytes_are_compact_and_on_one_line(tmp_path: Path):
    """An export is one line without a blank."""
    (path,) = write_history(tmp_path, days=1, end=DAY, snapshots=3)
    assert path.name == "2025-10-06_NQ_NDX_classic_gex_zero.json"
    text = path.read_text()
    assert text == json.dumps(json.loads(text), separators=(",", ":"))


def test_ladders_add_up_to_their_sums(snapshots: list[dict[str, Any]]):
    """The sums are those of the unrounded ladder."""
    for record in snapshots:
        rows = record["strikes"]
        assert abs(sum(row[1] for row in rows) - record["sum_gex_vol"]) <= 0.005 * len(rows) + 1e-5
        assert abs(sum(row[2] for row in rows) - record["sum_gex_oi"]) <= 0.005 * len(rows) + 1e-5


def test_numbers_have_the_decimals_of_the_vendor(snapshots: list[dict[str, Any]]):
    """Prices and rows have 2 decimals, changes 3, sums 5."""
    for record in snapshots:
        prices = [record["spot"], record["zero_gamma"], record["major_pos_vol"], record["major_neg_oi"]]
        for _, gamma, oi_gamma, priors in record["strikes"]:
            prices += [gamma, oi_gamma, *priors]
        assert prices == [round(price, 2) for price in prices]
        assert all(change == round(change, 3) for _, change in record["max_priors"])
        assert record["sum_gex_vol"] == round(record["sum_gex_vol"], 5)
        assert record["delta_risk_reversal"] == round(record["delta_risk_reversal"], 3)


def test_first_snapshot_comes_two_seconds_after_the_open_and_has_no_walls(snapshots: list[dict[str, Any]]):
    """The first one has the integer 0 for zero gamma and walls, and no change yet; no other one does."""
    first, *others = snapshots
    assert datetime.fromtimestamp(first["timestamp"], UTC) == datetime(2025, 10, 6, 13, 30, 2, tzinfo=UTC)
    absent = [key for key in KEYS if key == "zero_gamma" or key.startswith("major_")]
    assert json.dumps([first[key] for key in absent]) == "[0, 0, 0, 0, 0]"
    assert all(record[key] > 0 for record in others for key in absent)
    assert {change for _, change in first["max_priors"]} == {0.0}


def test_walls_stand_on_the_largest_rows(snapshots: list[dict[str, Any]]):
    """A wall is the strike with the most exposure of its sign."""
    for record in snapshots[1:]:
        for column, count in ((1, "vol"), (2, "oi")):
            exposure = {row[0]: row[column] for row in record["strikes"]}
            assert exposure[record[f"major_pos_{count}"]] == max(exposure.values())
            assert exposure[record[f"major_neg_{count}"]] == min(exposure.values())


def test_net_exposure_is_positive_above_zero_gamma_and_negative_below(snapshots: list[dict[str, Any]]):
    """Zero gamma is where the net changes sign, but for what lies beyond the ladder."""
    agree = [(record["spot"] > record["zero_gamma"]) == (record["sum_gex_vol"] > 0) for record in snapshots[1:]]
    assert np.mean(agree) > 0.9


def test_strikes_share_one_remainder_which_is_the_basis(snapshots: list[dict[str, Any]]):
    """A ladder projected on a future is an even ladder plus one offset."""
    remainders = {round(row[0] * 100) % 1000 for record in snapshots for row in record["strikes"]}
    assert len(remainders) == 1
    assert remainders != {0}


@pytest.mark.parametrize(("ticker", "step"), [("SPX", 5), ("NDX", 10), ("SPY", 1), ("QQQ", 1), ("XYZ", 1)])
def test_strikes_of_other_tickers_are_round(tmp_path: Path, ticker: str, step: int):
    """Without a basis strikes are multiples of their step, and spot is among them."""
    for record in day_of(tmp_path, ticker=ticker, snapshots=5):
        strikes = [row[0] for row in record["strikes"]]
        assert all(strike % step == 0 for strike in strikes)
        assert strikes[0] < record["spot"] < strikes[-1]


def test_ladders_have_a_constant_number_of_rising_strikes_around_spot(tmp_path: Path):
    """The ladder moves with spot and never changes its length."""
    ladders = [[row[0] for row in record["strikes"]] for record in day_of(tmp_path, strikes=21)]
    assert {len(ladder) for ladder in ladders} == {21}
    assert all(low < high for ladder in ladders for low, high in pairwise(ladder))
    assert len({ladder[0] for ladder in ladders}) > 1


def test_priors_are_what_the_strike_had_before():
    """Priors are 1, 5, 10, 15 and 30 minutes old, and no older than the day's first snapshot."""
    day = take_snapshots(DayModel("NQ_NDX", DAY, strikes=5))
    found: list[dict[str, Any]] = list(islice(records(day), 7500))
    by_time = {record["timestamp"]: record for record in found}
    first = min(by_time)
    compared = 0
    for timestamp in range(first, first + 7200, 97):
        for strike, _, _, priors in by_time[timestamp]["strikes"]:
            for minutes, prior in zip((1, 5, 10, 15, 30), priors, strict=True):
                then = by_time[max(timestamp - minutes * 60, first)]
                known = {row[0]: row[1] for row in then["strikes"]}
                if strike in known:
                    assert prior == known[strike]
                    compared += 1
    assert compared > 500


def test_days_to_expiry_follow_the_session_calendar(tmp_path: Path):
    """From a Friday the next expiry is three days away."""
    friday = {"end": date(2025, 10, 10), "snapshots": 1}
    zero = day_of(tmp_path, **friday)[0]
    one = day_of(tmp_path, category="gex_one", **friday)[0]
    assert (zero["min_dte"], zero["sec_min_dte"]) == (0, 3)
    assert (one["min_dte"], one["sec_min_dte"]) == (3, 4)


def test_state_package_says_zero_where_nothing_applies(tmp_path: Path):
    """In `state` the fields by open interest, zero gamma and risk reversal are the integer 0."""
    for record in day_of(tmp_path, package="state"):
        absent = [value for key, value in record.items() if key.endswith("_oi")]
        absent += [
            record["zero_gamma"],
            record["delta_risk_reversal"],
            *(row[2] for row in record["strikes"]),
        ]
        assert set(map(repr, absent)) == {"0"}
        assert any(row[1] for row in record["strikes"])


def test_full_day_has_a_snapshot_a_second():
    """The vendor's cadence gives 23,400 snapshots, and 12,600 when the exchange closes at 13:00."""
    full, early = session_on(date(2025, 11, 26)), session_on(date(2025, 11, 28))
    assert np.array_equal(snapshot_seconds(full), np.arange(2, 23_402))
    assert np.array_equal(snapshot_seconds(full), snapshot_seconds(full, 23_400))
    assert np.array_equal(snapshot_seconds(early), np.arange(2, 12_602))


def test_small_day_is_spread_over_the_whole_session(snapshots: list[dict[str, Any]]):
    """Fewer snapshots are further apart; they do not end earlier."""
    times = [record["timestamp"] for record in snapshots]
    assert len(times) == 60
    assert times[-1] - times[0] == 23_399
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) - min(gaps) <= 1


def test_small_day_shows_the_same_market_as_a_large_one():
    """The state of the market does not depend on how often it is looked at."""
    few, many = (take_snapshots(DayModel("SPX", DAY), snapshots=count) for count in (14, 235))
    shared, here, there = np.intersect1d(few.timestamps, many.timestamps, return_indices=True)
    assert len(shared) >= 2
    assert np.array_equal(few.spot[here], many.spot[there])
    assert np.array_equal(few.zero_gamma[here], many.zero_gamma[there])
    assert np.array_equal(few.by_volume.total[here], many.by_volume.total[there])


def test_tickers_of_one_index_share_its_path():
    """The future is its index plus the basis, all day long."""
    index, future = (take_snapshots(DayModel(ticker, DAY), snapshots=50) for ticker in ("NDX", "NQ_NDX"))
    assert np.ptp(future.spot - index.spot) < 0.02
    assert (future.spot - index.spot)[0] > 50


def test_sessions_go_back_over_holidays_and_weekends():
    """The archive of 54 sessions that ends on 2025-11-14 starts on the day after Labor Day."""
    sessions = last_sessions(date(2025, 11, 16), 54)
    assert (sessions[0].day, sessions[-1].day) == (date(2025, 9, 2), date(2025, 11, 14))
    assert date(2025, 7, 4) not in [session.day for session in last_sessions(date(2025, 7, 8), 5)]


def test_gamma_is_the_second_derivative_of_the_price():
    """The closed form agrees with a difference quotient of the Black-Scholes call price."""
    spot, strike, volatility, years = 25_000.0, 25_100.0, 0.18, 1 / 252

    def call(price: float) -> float:
        deviation = volatility * years**0.5
        draws = (np.arange(200_000) + 0.5) / 200_000 * 16 - 8
        density = np.exp(-draws * draws / 2) / np.sqrt(2 * np.pi) * (16 / 200_000)
        ends = price * np.exp(deviation * draws - deviation**2 / 2)
        return float(np.sum(np.maximum(ends - strike, 0) * density))

    bump = 25.0
    gamma = (call(spot + bump) - 2 * call(spot) + call(spot - bump)) / bump**2
    one = exposure_per_contract(np.array([spot]), np.array([strike]), np.array([volatility]), np.array([years]), 100)
    assert one[0, 0] == pytest.approx(gamma * 100 * spot**2 * 0.01 / 1e6, rel=1e-3)


@pytest.mark.parametrize("form", [form for form in FORM_NAMES if form != "mixed"])
def test_every_form_holds_the_same_records(tmp_path: Path, form: str):
    """A form changes the bytes, not what they say."""
    options = {"end": DAY, "snapshots": 7, "strikes": 11}
    found = [record for path in write_history(tmp_path / form, days=1, form=form, **options) for record in read(path)]
    assert found == day_of(tmp_path / "array", **options)


def test_mixed_history_holds_every_form(tmp_path: Path):
    """In seven days each form has had its turn, and nothing but finished files is left."""
    reported: list[Path] = []
    paths = write_history(tmp_path, days=7, form="mixed", snapshots=3, strikes=5, on_file=reported.append)
    assert reported == paths
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(paths)
    assert {path.name.partition(".")[2] for path in paths} == {"json", "jsonl", "json.gz"}
    assert [path.relative_to(tmp_path).as_posix() for path in paths[-3:]] == [
        f"bridge/NQ_NDX_gex_zero_20251114_{at}.json" for at in ("143002", "174501", "210001")
    ]
    assert [len(list(read(path))) for path in paths] == [3] * 6 + [1] * 3


def test_quirks_repeat_miss_disorder_and_tear(tmp_path: Path):
    """In four days of lines there are repeats, a gap, disorder, and a last line without its end."""
    texts = [path.read_text() for path in write_history(tmp_path, days=4, form="jsonl", snapshots=80, quirks=True)]
    times = [[json.loads(line)["timestamp"] for line in text.splitlines()[:-1]] for text in texts]
    repeats, gaps, disorder, torn = times
    assert len(repeats) > 80
    assert len(set(repeats)) <= 80
    assert repeats == sorted(repeats)
    assert len(gaps) + 1 < 80
    assert disorder != sorted(disorder)
    assert len(torn) == 79
    with pytest.raises(json.JSONDecodeError):
        json.loads(texts[-1].splitlines()[-1])


def test_repeated_envelopes_were_recorded_at_different_times(tmp_path: Path):
    """A recorder that polls twice a second stamps each of its copies."""
    paths = write_history(tmp_path, days=2, form="envelopes", snapshots=30, strikes=5, quirks=True)
    envelopes = [json.loads(line) for line in paths[0].read_text().splitlines()]
    assert paths[0].relative_to(tmp_path).as_posix() == "2025-11-13/NQ_NDX/classic/gex_zero.jsonl"
    assert len({envelope["recorded_ms"] for envelope in envelopes}) == len(envelopes) > 30


def test_unpacked_gzip_keeps_its_name(tmp_path: Path):
    """One archive of a history with quirks is plain JSON under the name of a gzip file."""
    plain, packed = write_history(tmp_path, days=2, form="gzip", snapshots=10, strikes=5, quirks=True)
    assert plain.name.endswith(".json.gz")
    assert plain.read_bytes().startswith(b"[{")
    assert packed.read_bytes().startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"ticker": "../NQ"},
        {"package": "orderflow"},
        {"category": "zero"},
        {"snapshots": 0},
        {"strikes": 2},
        {"form": "xml"},
        {"seed": -1},
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(tmp_path: Path, wrong: dict[str, Any]):
    """The sentence says what would be right."""
    with pytest.raises(ValueError, match=r"ask for|choose one of|use "):
        write_history(tmp_path / "history", **{"days": 1, **wrong})
    assert not (tmp_path / "history").exists()


@pytest.mark.parametrize(("end", "days"), [(date.min, 1), (date(1, 1, 5), 10), (date.max, 1)])
def test_sessions_beyond_the_calendar_are_refused(end: date, days: int, tmp_path: Path):
    """With the cure, at both of its ends."""
    with pytest.raises(ValueError, match="name a day nearer to the present"):
        write_history(tmp_path, end=end, days=days, snapshots=2)
