"""Hypothesis strategies: good records of history, and all that can be wrong with one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .records import OPEN
from .strange_json import (
    HUGE_INTEGER,
    KEPT,
    NAMES,
    NO_NUMBERS,
    NUMBERS,
    ODD,
    ODD_NUMBERS,
    PRICES,
    Fields,
    Word,
    texts,
    words,
)

_FIELDS = texts(
    "timestamp ticker min_dte sec_min_dte spot zero_gamma major_pos_vol strikes sum_gex_vol sum_gex_oi net_gex "
    "max_priors"
)
_ODD_TIMES = st.one_of(
    st.integers(OPEN * 1000, OPEN * 1000 + 99_999).map(lambda n: Word(str(n))),
    st.integers(OPEN * 1000, OPEN * 1000 + 99_999).map(lambda n: Word(repr(n / 1000))),
    st.datetimes().map(lambda moment: moment.isoformat()),
    texts(
        "2025-10-06T13:30:02Z 2025-10-06T09:30:02-04:00 2025-10-06T13:30:02.25 20251006T133002 2025-10-06 25-10-06 "
        "yesterday 2025-13-01 2025-10-06T25:00:00Z 0001-01-01T00:00:00+14:00"
    ),
    words(
        "0 -1 1262304000 1262303999 4102444800 99999999999 100000000000 1e18 1e300 1.7e308 9223372036854775807 "
        "99999999999999999999 1759757402.1234567 1.759757402e9 1763726400 1763726401"
    ),
)


#: What stands for the priors of a row.
_FULL, _ABSENT, _EMPTY = range(3)
_MIXED = (_FULL, _FULL, _ABSENT, _EMPTY)
#: Which of them the rows of a file's ladders have; most files have one kind.
PRIORS = st.sampled_from([(_FULL,), (_ABSENT,), (_EMPTY,), (_ABSENT, _EMPTY), _MIXED, _MIXED])


_LEFT_OUT = object()
#: What a recorder does to the optional fields of all its records.
_HABITS: tuple[dict[str, Any], ...] = (
    {"sum_gex_vol": _LEFT_OUT},
    {"sum_gex_vol": _LEFT_OUT, "sum_gex_oi": _LEFT_OUT, "max_priors": _LEFT_OUT},
    {"sum_gex_vol": None, "sum_gex_oi": None},
    {"sum_gex_vol": "1.5", "sum_gex_oi": ""},
    {"sum_gex_vol": None, "net_gex": Word("2")},
    {"max_priors": None},
    {"max_priors": [[*map(Word, ("1", "2.50", "-0"))]] * 2},
    {"max_priors": [[Word("1")] * 2, [Word("1"), None]]},
    {"min_dte": Word("0.0"), "sec_min_dte": Word("-0.0")},
    {"min_dte": Word("1e2"), "sec_min_dte": Word("2147483648.0")},
    {"min_dte": Word("0.5"), "max_priors": None, "sum_gex_vol": None},
)
HABITS = st.one_of(st.just({}), st.sampled_from(_HABITS))


def with_habit(record: Fields, habit: dict[str, Any]) -> Fields:
    """Give a record as a recorder of some habit writes it."""
    for name, value in habit.items():
        record = record.without(name) if value is _LEFT_OUT else record.set(name, value)
    return record


@st.composite
def ladders(draw: st.DrawFn, kinds: tuple[int, ...] = _MIXED) -> list[Any]:
    """Give ladders that keep the rules; a few are out of order, and a few have as many numbers as full rows would."""
    cents = 2_400_021
    rows = []
    sizes = st.lists(st.integers(1, 2000), min_size=1, max_size=5)
    for step in draw(st.one_of(sizes, sizes, sizes, st.just([10] * 8))):
        cents += step
        row: list[Any] = [Word(repr(cents / 100)), draw(NUMBERS), draw(NUMBERS)]
        kind = draw(st.sampled_from(kinds))
        if kind != _ABSENT:
            row.append([draw(NUMBERS) for _ in range(5)] if kind == _FULL else [])
        rows.append(row)
    return draw(st.permutations(rows)) if draw(st.integers(0, 9)) == 0 else rows


@st.composite
def broken_ladders(draw: st.DrawFn) -> list[Any]:
    """Give ladders that look good to a count of numbers or brackets, and others that break the rules."""
    rows = draw(ladders())
    at = draw(st.integers(0, len(rows) - 1))
    row = list(rows[at])
    flat = [number for item in row for number in (item if isinstance(item, list) else [item])]
    one = Word("1.5")
    instead: list[Any] = draw(
        st.one_of(
            st.sampled_from([[flat], [row[:2]], [[*row[:3], None]], [[row]], [[]], [row, row], flat]),
            st.just([[*row[:3], [one] * 4], [one, *row[1:3], [one] * 6]]),
            ODD.map(lambda odd: [[*row, odd]]),
            ODD.map(lambda odd: [[row[0], odd, *row[2:]]]),
            ODD.map(lambda odd: [odd]),
            ODD_NUMBERS.map(lambda odd: [[odd, *row[1:]]]),
            ODD_NUMBERS.map(lambda odd: [[*row[:3], [odd] * 5]]),
            st.lists(NUMBERS, max_size=7).map(lambda priors: [[*row[:3], priors]]),
        )
    )
    return [*rows[:at], *instead, *rows[at + 1 :]]


@st.composite
def snapshots(draw: st.DrawFn, kinds: tuple[int, ...] = _MIXED) -> Fields:
    """Give records that keep the rules, but for odd timestamps."""
    usual = st.integers(OPEN, OPEN + 9999).map(lambda n: Word(str(n)))
    pairs = [
        ("timestamp", draw(st.one_of(usual, usual, usual, _ODD_TIMES))),
        ("ticker", draw(st.sampled_from(["NQ_NDX", "NQ_NDX", "NQ_NDX", "SPX", "É"]))),
        ("min_dte", draw(words("0 1 2"))),
        ("spot", draw(PRICES)),
        ("zero_gamma", draw(NUMBERS)),
        ("major_pos_vol", draw(NUMBERS)),
        ("strikes", draw(ladders(kinds))),
        ("sum_gex_vol", draw(NUMBERS)),
        ("sum_gex_oi", draw(NUMBERS)),
        ("max_priors", [[draw(NUMBERS), draw(NUMBERS)] for _ in range(draw(st.integers(0, 3)))]),
    ]
    return Fields(tuple(pairs))


@st.composite
def mutated(draw: st.DrawFn, record: Fields) -> Fields:
    """Change one thing about a record."""
    name = draw(_FIELDS)
    one = Word("1")
    not_pairs = st.sampled_from([[[one] * 4], [one] * 2, [[[one] * 2]], [[], []], [[one], [one] * 3]])
    any_number = st.one_of(ODD_NUMBERS, HUGE_INTEGER, NUMBERS, NO_NUMBERS)
    return draw(
        st.one_of(
            st.just(record.without(name)),
            ODD.map(lambda odd: record.set(name, odd)),
            any_number.map(lambda number: record.set(name, number)),
            broken_ladders().map(lambda ladder: record.set("strikes", ladder)),
            broken_ladders().map(lambda ladder: record.set("strikes", ladder)),
            not_pairs.map(lambda pairs: record.set("max_priors", pairs)),
            st.sampled_from(record.pairs).map(lambda pair: Fields((*record.pairs, pair))),
            st.just(Fields(tuple(("spot_price" if key == "spot" else key, value) for key, value in record.pairs))),
            st.tuples(NAMES, KEPT).map(lambda extra: record.set(*extra)),
        )
    )


@st.composite
def enveloped(draw: st.DrawFn, record: Fields) -> Fields:
    """Put a record into one of the envelopes."""
    endpoints = ["classic_gex_zero", "classic_gex_zero", "state_gex_full", "gex_one", "majors", "orderflow", "", None]
    pairs = [("recorded_ms", Word(str(OPEN * 1000))), ("endpoint", draw(st.sampled_from(endpoints)))]
    if draw(st.booleans()):
        kinds = st.sampled_from(["snapshot", "snapshot", "majors", "maxchange", None])
        pairs.append((draw(st.sampled_from(["kind", "type"])), draw(kinds)))
    if draw(st.integers(0, 3)) == 0:
        pairs.append((draw(NAMES), draw(KEPT)))
    pairs.insert(draw(st.integers(0, len(pairs))), (draw(st.sampled_from(["data", "payload"])), record))
    return Fields(tuple(pairs))
