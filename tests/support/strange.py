"""Hypothesis strategies: records of history as odd as JSON allows, word for word, and files full of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from .records import LAYOUTS, OPEN, zipped


@dataclass(frozen=True)
class Word:
    """A number, or what should be one, as it stands in the file."""

    text: str


@dataclass(frozen=True)
class Fields:
    """A JSON object whose fields keep their order and may repeat."""

    pairs: tuple[tuple[str, Any], ...]

    def set(self, name: str, value: Any) -> Fields:
        """Change a field, or add it at the end."""
        if name not in dict(self.pairs):
            return Fields((*self.pairs, (name, value)))
        return Fields(tuple((key, value if key == name else old) for key, old in self.pairs))


@dataclass(frozen=True)
class Style:
    """How JSON is written."""

    comma: str = ","
    colon: str = ":"
    ascii_only: bool = False

    def write(self, value: Any) -> str:
        """Write a value."""
        if isinstance(value, Word):
            return value.text
        if isinstance(value, Fields):
            pairs = (f"{self._text(name)}{self.colon}{self.write(inner)}" for name, inner in value.pairs)
            return "{" + self.comma.join(pairs) + "}"
        if isinstance(value, list):
            return "[" + self.comma.join(self.write(inner) for inner in value) + "]"
        return self._text(value) if isinstance(value, str) else json.dumps(value)

    def _text(self, text: str) -> str:
        lone = any("\ud800" <= letter <= "\udfff" for letter in text)
        return json.dumps(text, ensure_ascii=self.ascii_only or lone)


STYLES = st.sampled_from([Style(), Style(), Style(", ", ": "), Style(" ,", ":\t"), Style(ascii_only=True)])

_INTEGERS = st.integers(-5000, 30000).map(lambda n: Word(str(n)))
_CENTS = st.integers(-500_000, 3_000_000).map(lambda n: Word(repr(n / 100)))
_ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: Word(repr(x)))
_ODD_NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "0.0",
        "-0.0",
        "1e300",
        "-1E+300",
        "1.5e-7",
        "5e-324",
        "1e-400",
        "2.50",
        "1E5",
        "9007199254740993",
        "12345678901234567890",
        "-9223372036854775808",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1.7976931348623157e308",
        "1e400",
        "-1e999",
        "0.1000000000000000055511151231257827",
        "100.000000000000000000000000000001",
    ]
).map(Word)
_HUGE_INTEGER = st.just(Word("1" + "0" * 400))
_NO_NUMBERS = st.sampled_from(
    ["01", "1.", ".5", "+1", "--1", "1e", "NaN", "Infinity", "-Infinity", "nan", "0x10", "1_000", "tru", "nul", "1.2.3"]
).map(Word)
NUMBERS = st.one_of(_INTEGERS, _CENTS, _CENTS, _CENTS, _ANY_FLOAT)
PRICES = st.integers(1, 3_000_000).map(lambda n: Word(repr(n / 100)))

_TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            "},{",
            '"',
            "\\",
            "[[1,2,3,[4,5,6,7,8]]]",
            "[,,,[,,,,]]",
            "\n{",
            "é",
            "\u2028",
            "\ud800",
            "\0",
            "]}",
            "[1,2]",
        ]
    ),
)
_NAMES = st.one_of(
    st.text(min_size=1, max_size=6),
    st.sampled_from(
        ["regime", "vendor", "data", "payload", "kind", "type", "spot_price", "net_gex", "a[b", 'q"q', "ü", "\ud83d"]
    ),
)
_LADDER_LIKE = st.just([[Word(n) for n in ["1", "2", "3"]] + [[Word("4")] * 5]] * 2)
_LEAVES = st.one_of(st.none(), st.booleans(), _TEXTS, NUMBERS, _ODD_NUMBERS)
KEPT = st.recursive(
    st.one_of(_LEAVES, _LADDER_LIKE),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.tuples(_NAMES, inner), max_size=3).map(lambda pairs: Fields(tuple(pairs))),
    ),
    max_leaves=6,
)
_ODD = st.one_of(KEPT, _ODD_NUMBERS, _HUGE_INTEGER, st.sampled_from(["12", "", "NQ_NDX"]).map(str))

_TIMESTAMPS = st.one_of(
    st.integers(OPEN, OPEN + 20_000).map(lambda n: Word(str(n))),
    st.integers(OPEN, OPEN + 20_000).map(lambda n: Word(str(n * 1000 + n % 1000))),
    st.integers(OPEN * 1000, OPEN * 1000 + 9999).map(lambda n: Word(repr(n / 1000))),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(
        [
            "2025-10-06T13:30:02Z",
            "2025-10-06T09:30:02-04:00",
            "2025-10-06 13:30:02.25",
            "20251006T133002",
            "2025-10-06",
            "25-10-06",
            "yesterday",
            "2025-13-01",
            "2025-10-06T25:00:00Z",
            "0001-01-01T00:00:00+14:00",
        ]
    ),
    st.sampled_from(
        [
            "0",
            "-1",
            "1262304000",
            "1262303999",
            "4102444800",
            "99999999999",
            "100000000000",
            "1e18",
            "1e300",
            "9223372036854775807",
            "99999999999999999999",
            "1759757402.1234567",
            "1.759757402e9",
            "1763726400",
            "1763726401",
        ]
    ).map(Word),
)


@st.composite
def ladders(draw: st.DrawFn) -> list[Any]:
    """Give ladders that keep the rules; a few are out of order."""
    steps = draw(st.lists(st.integers(1, 2000), min_size=1, max_size=6))
    cents = 2_400_021
    rows = []
    for step in steps:
        cents += step
        priors = draw(
            st.one_of(
                st.lists(NUMBERS, min_size=5, max_size=5),
                st.lists(NUMBERS, min_size=5, max_size=5),
                st.sampled_from([[], None]),
            )
        )
        row = [Word(repr(cents / 100)), draw(NUMBERS), draw(NUMBERS), priors]
        rows.append(row[:3] if priors is None else row)
    return draw(st.permutations(rows)) if draw(st.integers(0, 9)) == 0 else rows


@st.composite
def _broken_ladders(draw: st.DrawFn) -> Any:
    """Give ladders that look good to a count of numbers or brackets, and others that break the rules."""
    rows = draw(ladders())
    kind = draw(st.integers(0, 13))
    at = draw(st.integers(0, len(rows) - 1))
    row = list(rows[at])
    flat = [n for item in row for n in (item if isinstance(item, list) else [item])]
    changed: Any = {
        0: lambda: [flat],
        1: lambda: [row[:2]],
        2: lambda: [[*row, draw(_ODD)]],
        3: lambda: [[*row[:3], draw(st.lists(NUMBERS, max_size=7))]],
        4: lambda: [[*row[:3], None]],
        5: lambda: [[row]],
        6: lambda: [[]],
        7: lambda: [draw(_ODD)],
        8: lambda: [row, row],
        9: lambda: [[draw(_ODD_NUMBERS), *row[1:]]],
        10: lambda: [[row[0], draw(_ODD), *row[2:]]],
        11: lambda: [[*row[:3], [NUMBERS_OF[0]] * 4], [*row[:3], [NUMBERS_OF[0]] * 6]],
        12: lambda: [[*row[:3], [draw(_ODD_NUMBERS)] * 5]],
        13: lambda: flat,
    }[kind]()
    return [*rows[:at], *changed, *rows[at + 1 :]]


NUMBERS_OF = [Word("1.5"), Word("2")]


@st.composite
def snapshots(draw: st.DrawFn) -> Fields:
    """Give records that keep the rules, in one of the field orders that occur."""
    pairs = [
        (
            "timestamp",
            draw(_TIMESTAMPS) if draw(st.integers(0, 4)) == 0 else Word(str(OPEN + draw(st.integers(0, 9999)))),
        ),
        ("ticker", draw(st.sampled_from(["NQ_NDX", "NQ_NDX", "NQ_NDX", "SPX", "É"]))),
        ("min_dte", Word(str(draw(st.integers(0, 9))))),
        ("spot", draw(PRICES)),
        ("zero_gamma", draw(NUMBERS)),
        ("major_pos_vol", draw(NUMBERS)),
        ("strikes", draw(ladders())),
        ("sum_gex_vol", draw(NUMBERS)),
        ("sum_gex_oi", draw(NUMBERS)),
        ("delta_risk_reversal", draw(NUMBERS)),
        ("max_priors", [[draw(NUMBERS), draw(NUMBERS)] for _ in range(draw(st.integers(0, 6)))]),
    ]
    return Fields(tuple(pairs))


FIELDS = [
    "timestamp",
    "ticker",
    "min_dte",
    "sec_min_dte",
    "spot",
    "zero_gamma",
    "major_pos_vol",
    "strikes",
    "sum_gex_vol",
    "sum_gex_oi",
    "net_gex",
    "max_priors",
]


@st.composite
def mutated(draw: st.DrawFn, record: Fields) -> Fields:  # noqa: PLR0911  # one return per kind of change
    """Change one thing about a record."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        gone = draw(st.sampled_from(FIELDS))
        return Fields(tuple(pair for pair in record.pairs if pair[0] != gone))
    if kind == 1:
        return record.set(draw(st.sampled_from(FIELDS)), draw(_ODD))
    if kind == 2:
        return record.set(draw(st.sampled_from(FIELDS)), draw(st.one_of(_ODD_NUMBERS, _HUGE_INTEGER, NUMBERS)))
    if kind in (3, 4):
        return record.set("strikes", draw(_broken_ladders()))
    if kind == 5:
        return Fields((*record.pairs, draw(st.sampled_from(record.pairs))))
    if kind == 6:
        return record.set(
            "max_priors",
            draw(st.one_of(_ODD, st.just([[Word("1")] * 4]), st.just([Word("1")] * 2), st.just([[[Word("1")] * 2]]))),
        )
    if kind == 7:
        return Fields(tuple(("spot_price" if name == "spot" else name, value) for name, value in record.pairs))
    if kind == 8:
        return record.set(draw(st.sampled_from(["spot", "zero_gamma", "sum_gex_vol", "extra"])), draw(_NO_NUMBERS))
    return record.set(draw(_NAMES), draw(KEPT))


@st.composite
def enveloped(draw: st.DrawFn, record: Fields) -> Fields:
    """Put a record into one of the envelopes."""
    endpoint = st.sampled_from(
        ["classic_gex_zero", "state_gex_full", "gex_one", "majors", "orderflow", "", "delta_zero", None]
    )
    pairs = [("recorded_ms", Word(str(OPEN * 1000))), ("ticker", "NQ_NDX"), ("endpoint", draw(endpoint))]
    if draw(st.booleans()):
        kinds = st.sampled_from(["snapshot", "snapshot", "majors", "maxchange", None])
        pairs.append((draw(st.sampled_from(["kind", "type"])), draw(kinds)))
    if draw(st.integers(0, 3)) == 0:
        pairs.append((draw(_NAMES), draw(KEPT)))
    pairs.insert(draw(st.integers(0, len(pairs))), (draw(st.sampled_from(["data", "payload"])), record))
    return Fields(tuple(pairs))


@st.composite
def raws(draw: st.DrawFn) -> list[bytes]:
    """Give the words of some records; the first is plain, so that a reader knows what feed the file is."""
    style = draw(STYLES)
    found = [style.write(draw(snapshots()))]
    for _ in range(draw(st.integers(0, 8))):
        record = draw(snapshots())
        for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
            record = draw(mutated(record))
        if draw(st.integers(0, 4)) == 0:
            record = draw(enveloped(record))
        found.append(style.write(record))
    return [text.encode() for text in found]


@dataclass(frozen=True)
class File:
    """A file of history: its bytes, the words of its records, and where each of them ends in the unpacked bytes."""

    data: bytes
    raws: tuple[bytes, ...]
    ends: tuple[int, ...]
    packed: bool

    @property
    def bytes(self) -> bytes:
        """What lies on disk."""
        return zipped(self.data) if self.packed else self.data


@st.composite
def files(draw: st.DrawFn) -> File:
    """Give files of odd records in any layout."""
    words = draw(raws())
    data = LAYOUTS[draw(st.sampled_from(list(LAYOUTS)))](words)
    ends, at = [], 0
    for raw in words:
        at = data.index(raw, at) + len(raw)
        ends.append(at)
    return File(data, tuple(words), tuple(ends), draw(st.booleans()))
