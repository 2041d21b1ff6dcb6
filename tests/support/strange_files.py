"""Hypothesis strategies: files of good, odd and bad records, in every layout."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from .records import LAYOUTS, zipped
from .strange_json import STYLES
from .strange_records import HABITS, PRIORS, enveloped, mutated, snapshots, with_habit


@dataclass(frozen=True)
class File:
    """A file of history: its unpacked bytes, the words of its records, and where each of them ends in the bytes."""

    data: bytes
    raws: tuple[bytes, ...]
    ends: tuple[int, ...]
    packed: bool

    @property
    def on_disk(self) -> bytes:
        """Give what lies on disk."""
        return zipped(self.data) if self.packed else self.data

    def complete(self, size: int) -> tuple[bytes, ...]:
        """Give the words of the records that lie wholly within the first bytes."""
        return tuple(raw for raw, end in zip(self.raws, self.ends, strict=True) if end <= size)


@st.composite
def _raws(draw: st.DrawFn) -> list[bytes]:
    """Give the words of some records; the first is plain, so that a reader knows what feed the file is."""
    style, kinds, habit = draw(STYLES), draw(PRIORS), draw(HABITS)
    found = [style.write(with_habit(draw(snapshots(kinds)), habit))]
    for _ in range(draw(st.integers(0, 7))):
        record = draw(snapshots(draw(st.sampled_from([kinds, kinds, kinds, draw(PRIORS)]))))
        record = with_habit(record, habit if draw(st.integers(0, 4)) else draw(HABITS))
        for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
            record = draw(mutated(record))
        if draw(st.integers(0, 4)) == 0:
            record = draw(enveloped(record))
        found.append(style.write(record))
    return [text.encode() for text in found]


@st.composite
def files(draw: st.DrawFn) -> File:
    """Give files of odd records in any layout."""
    raws = draw(_raws())
    data = LAYOUTS[draw(st.sampled_from(list(LAYOUTS)))](raws)
    ends, at = [], 0
    for raw in raws:
        at = data.index(raw, at) + len(raw)
        ends.append(at)
    return File(data, tuple(raws), tuple(ends), draw(st.booleans()))
