"""Hypothesis strategies: JSON values word for word, as odd as JSON allows and a little odder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


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

    def without(self, name: str) -> Fields:
        """Leave a field out."""
        return Fields(tuple(pair for pair in self.pairs if pair[0] != name))


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


def texts(text: str) -> st.SearchStrategy[str]:
    """Give one of the words of a text."""
    return st.sampled_from(text.split())


def words(text: str) -> st.SearchStrategy[Word]:
    """Give one of the words of a text, to stand in JSON without quotes."""
    return texts(text).map(Word)


_INTEGERS = st.integers(-5000, 30000).map(lambda n: Word(str(n)))
_CENTS = st.integers(-500_000, 3_000_000).map(lambda n: Word(repr(n / 100)))
_ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: Word(repr(x)))
ODD_NUMBERS = words(
    "0 -0 0.0 -0.0 1e300 -1E+300 1e308 1.5e-7 5e-324 1e-400 2.50 1E5 9007199254740993 12345678901234567890 "
    "-9223372036854775808 18446744073709551616 123456789012345678901234567890 1.7976931348623157e308 1e400 -1e999 "
    "0.1000000000000000055511151231257827 100.000000000000000000000000000001"
)
HUGE_INTEGER = st.just(Word("1" + "0" * 400))
NO_NUMBERS = words("01 1. .5 +1 --1 1e NaN Infinity -Infinity nan 0x10 1_000 tru nul 1.2.3")
NUMBERS = st.one_of(_INTEGERS, _CENTS, _CENTS, _CENTS, _ANY_FLOAT)
PRICES = st.integers(1, 3_000_000).map(lambda n: Word(repr(n / 100)))

_TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", " ", "},{", '"', "\\", "[[1,2,3,[4,5,6,7,8]]]", "[,,,[,,,,]]", "\n{", "]}", "[1,2]"]),
    st.sampled_from(["é", "\u2028", "\ud800", "\0", "X" * 65]),
)
NAMES = st.one_of(
    st.text(min_size=1, max_size=6),
    st.sampled_from(["regime", "vendor", "data", "payload", "kind", "type", "spot_price", "net_gex"]),
    st.sampled_from(["a[b", 'q"q', "ü", "\ud83d", "a\0b", "spot\0"]),
)
_LADDER_LIKE = st.just([[*map(Word, "123"), [Word("4")] * 5]] * 2)
_DEEP = st.integers(90, 110).map(lambda depth: json.loads("[" * depth + "]" * depth))
_LEAVES = st.one_of(st.none(), st.booleans(), _TEXTS, NUMBERS, ODD_NUMBERS)
#: What an unknown field may hold.
KEPT = st.recursive(
    st.one_of(_LEAVES, _LEAVES, _LADDER_LIKE, _DEEP),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.tuples(NAMES, inner), max_size=3).map(lambda pairs: Fields(tuple(pairs))),
    ),
    max_leaves=6,
)
#: What a known field should not hold.
ODD = st.one_of(KEPT, ODD_NUMBERS, HUGE_INTEGER, st.sampled_from(["12", "", "NQ_NDX"]))
