"""The accidents of recorded history: repeats, gaps, disorder, a torn end, an archive that is not one."""

from dataclasses import dataclass
from itertools import cycle

import numpy as np

from ...application.columns.arrays import Ints


@dataclass(frozen=True, slots=True)
class DayQuirks:
    """What is wrong with one day's file.

    Attributes:
        repeats: for a third of the day the recorder polls faster than the vendor publishes, and keeps all.
        gaps: a few seconds are missing, here and there.
        disorder: a stretch is out of order.
        torn: the last line is cut, because the recorder was killed (forms of lines only).
        unpacked: the file is named ``.gz`` and is plain JSON, because the object store unpacked it (gzip only).
    """

    repeats: bool = False
    gaps: bool = False
    disorder: bool = False
    torn: bool = False
    unpacked: bool = False


NONE = DayQuirks()
#: Snapshots below which a day is too short for an accident.
SHORT_DAY = 8
_TURNS = ("repeats", "gaps", "disorder", "none")


def plan_quirks(forms: list[str]) -> list[DayQuirks]:
    """Deal quirks to the days of a history, given the form of each.

    Repeats, gaps and disorder take turns, and every fourth day has none of them. The last day that is written
    in lines is torn, and the first gzip day is unpacked.
    """
    lines = [place for place, form in enumerate(forms) if form in ("jsonl", "envelopes")]
    archives = [place for place, form in enumerate(forms) if form == "gzip"]
    return [
        DayQuirks(
            repeats=turn == "repeats",
            gaps=turn == "gaps",
            disorder=turn == "disorder",
            torn=place in lines[-1:],
            unpacked=place in archives[:1],
        )
        for place, turn in zip(range(len(forms)), cycle(_TURNS), strict=False)
    ]


def writing_order(rng: np.random.Generator, count: int, quirks: DayQuirks) -> Ints:
    """Give which of a day's snapshots are written, in which order, as their numbers.

    The day's first and last snapshot stay where they are.
    """
    order = np.arange(count)
    if count < SHORT_DAY:
        return order
    if quirks.gaps:
        length = min(8, count // 8)
        begins = rng.integers(1, count - length, 3)
        missing = np.unique(begins[:, None] + np.arange(length))
        order = np.delete(order, missing)
    if quirks.disorder:
        length = min(40, count // 3)
        begin = int(rng.integers(1, len(order) - length))
        # Two buffers that were flushed in the wrong order.
        order[begin : begin + length] = np.roll(order[begin : begin + length], length // 2)
    if quirks.repeats:
        length = count // 3
        begin = int(rng.integers(0, len(order) - length))
        times = np.ones(len(order), dtype=np.int64)
        times[begin : begin + length] = 2
        order = np.repeat(order, times)
    return order
