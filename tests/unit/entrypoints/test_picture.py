"""The pictures of a day and of a ladder."""

from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest

from gexlake.domain.timestamps import to_micros
from gexlake.entrypoints.cli.terminal.day_picture import Line, day_picture
from gexlake.entrypoints.cli.terminal.ladder_picture import ladder_picture

SESSION = np.arange(1_759_757_400, 1_759_757_400 + 23_400, 10) * 1_000_000  # 2025-10-06, 09:30 New York


def plain(lines: list[Line]) -> list[str]:
    """Take the styles away."""
    return ["".join(text for text, _ in line) for line in lines]


def day(**columns: object) -> dict[str, object]:
    """Make a day whose spot rises from 100 to 110, with changes."""
    rising = np.linspace(100, 110, len(SESSION))
    flat = dict.fromkeys(("zero_gamma", "major_pos_vol", "major_neg_vol"), np.zeros(len(SESSION)))
    return {"timestamp": SESSION, "spot": rising, **flat, **columns}


def test_a_rising_day_rises_from_left_to_right() -> None:
    """The first dot is at the bottom left, the last at the top right."""
    lines = plain(day_picture(day(), width=60, height=10))[:10]
    drawn = [[place for place, glyph in enumerate(line) if "⠀" < glyph <= "⣿"] for line in lines]
    assert min(drawn[0]) > max(drawn[9])
    assert all(drawn)


def test_no_line_is_wider_than_asked() -> None:
    """Neither plot nor axis nor legend overflows a terminal, whatever lies beyond."""
    near, far = np.full(len(SESSION), 105.0), np.full(len(SESSION), 10.0)
    for zero, above, below in product((near, far), repeat=3):
        levels = day(zero_gamma=zero, major_pos_vol=above, major_neg_vol=below)
        for width in (76, 100, 120):
            assert max(map(len, plain(day_picture(levels, width=width)))) <= width


def test_the_axis_tells_new_york_time() -> None:
    """A session runs from half past nine to four, whatever UTC says."""
    axis = plain(day_picture(day()))[-2]
    assert "10:00" in axis
    assert "New York" in axis
    assert "14:00" in axis


@pytest.mark.parametrize(
    ("begins", "hours", "told"),
    [
        (datetime(2026, 3, 8, 22, tzinfo=UTC), 5, "18:00 19:00 20:00 21:00 22:00 23:00"),
        (datetime(2025, 11, 2, 23, tzinfo=UTC), 5, "18:00 19:00 20:00 21:00 22:00 23:00"),
        (datetime(2026, 3, 8, 5, tzinfo=UTC), 5, "00:00 01:00 03:00 04:00 05:00 06:00"),
        (datetime(2025, 11, 2, 4, tzinfo=UTC), 5, "00:00 01:00 01:00 02:00 03:00 04:00"),
        (datetime(2025, 10, 6, 4, tzinfo=UTC), 24, "00:00 04:00 08:00 12:00 16:00 20:00 00:00"),
    ],
    ids=["evening in spring", "evening in autumn", "the change in spring", "the change in autumn", "a whole day"],
)
def test_the_axis_goes_by_the_clock_when_it_is_changed(begins: datetime, hours: int, told: str) -> None:
    """Each time stands apart from the next one, and below its tick."""
    micros = to_micros(begins) + np.arange(0, hours * 60 + 1) * 60_000_000
    names = ("spot", "zero_gamma", "major_pos_vol", "major_neg_vol")
    *_, axis, times, _ = plain(day_picture({"timestamp": micros, **dict.fromkeys(names, np.full(len(micros), 100.0))}))
    assert times.split() == ["New", "York", *told.split()]
    ticks = [place for place, glyph in enumerate(axis) if glyph == "┬"]
    assert [times[tick : tick + 5] for tick in ticks[:-1]] == told.split()[:-1]
    assert (len(ticks), ticks[-1]) == (len(told.split()), 77)


def test_walls_and_zero_gamma_have_their_own_marks() -> None:
    """Each is told from the others without colour."""
    level = np.ones(len(SESSION))
    lines = plain(
        day_picture(day(zero_gamma=level * 103, major_pos_vol=level * 112, major_neg_vol=level * 98), height=16)
    )[:16]
    rows = {mark: next(row for row, line in enumerate(lines) if mark in line) for mark in "═∙─"}
    assert rows["═"] < rows["∙"] < rows["─"]


def test_zero_means_not_there() -> None:
    """The first snapshot of a day has no zero gamma and no walls, which must not pull the axis down to 0."""
    text = "\n".join(plain(day_picture(day())))
    assert " 0.00" not in text
    assert "∙" not in text
    assert "zero gamma" not in text


def test_a_wall_far_away_does_not_flatten_spot() -> None:
    """It is left out, and the legend says that it is there."""
    *lines, _, _, legend = plain(day_picture(day(major_neg_vol=np.full(len(SESSION), 10.0)), height=10))
    assert legend.endswith("⠤⠒ spot  beyond: negative wall")
    assert sum(any(glyph > "⠀" for glyph in line[12:] if glyph <= "⣿") for line in lines) >= 8
    assert not any("─" in line for line in lines)


def test_a_snapshot_holds_until_the_next_one_but_not_over_a_gap() -> None:
    """A feed of one every five minutes is a line, too; where an hour is missing there is none, nor a wall."""
    seldom = np.r_[0:1200:30, 1560:2340:30]  # five minutes apart, and an hour
    columns = {name: np.asarray(values)[seldom] for name, values in day(major_pos_vol=np.full(2340, 104.0)).items()}
    lines = plain(day_picture(columns, height=10))[:10]
    drawn = {place for line in lines for place, glyph in enumerate(line[12:]) if "⠀" < glyph <= "⣿" or glyph == "═"}
    first, last = 66 * 1170 / 2310, 66 * 1560 / 2310
    assert set(range(66)) - drawn == set(range(int(first) + 1, int(last)))


@pytest.mark.parametrize("count", [1, 2])
def test_a_day_of_hardly_anything_is_drawn(count: int) -> None:
    """No division by nothing."""
    columns = {name: np.asarray(values)[:count] for name, values in day().items()}
    lines = plain(day_picture(columns, height=5))
    assert len(lines) == 8
    drawn = sum("⠀" < glyph <= "⣿" for line in lines[:5] for glyph in line)
    assert (count == 1) == (drawn == 1)


def test_a_day_without_spot_has_no_picture() -> None:
    """Nothing is drawn of nothing."""
    assert day_picture({name: [] for name in day()}) == []


STRIKES = [100.0, 110.0, 120.0, 130.0]
GAMMA = [-50.0, -100.0, 75.0, 0.0]


def test_the_ladder_hangs_with_the_highest_strike_on_top() -> None:
    """Negative bars go left of the axis, positive ones right, the largest as far as there is room."""
    lines = plain(ladder_picture(STRIKES, GAMMA, marks={"spot": 114.0}, width=60))
    bars = [line for line in lines if "│" in line]
    assert [line.split()[0] for line in bars] == ["130.00", "120.00", "110.00", "100.00"]
    left = [line.partition("│")[0].count("█") for line in bars]
    right = [line.partition("│")[2].count("█") for line in bars]
    assert left[0] == left[1] == right[2] == right[3] == 0
    assert left[2] == (60 - 11 - 12 - 10 - 3) // 2
    assert 0 < left[3] < left[2]
    assert right[0] == 0 < right[1]


def test_spot_is_marked_between_its_strikes() -> None:
    """And a wall at its strike."""
    lines = plain(ladder_picture(STRIKES, GAMMA, marks={"spot": 114.0, "- wall": 110.0}, width=60))
    spot = next(place for place, line in enumerate(lines) if line.endswith(" spot"))
    assert "120.00" in lines[spot - 1]
    assert "110.00" in lines[spot + 1]
    assert lines[spot + 1].endswith("← - wall")
    assert max(map(len, lines)) <= 60


def test_marks_beside_the_shown_strikes_are_left_out() -> None:
    """Only the nearest strikes are shown, and what lies among them."""
    lines = plain(ladder_picture(STRIKES, GAMMA, marks={"spot": 114.0, "+ wall": 130.0}, rows=2))
    assert len(lines) == 3
    assert not any("wall" in line for line in lines)


def test_a_ladder_of_zeros_is_drawn() -> None:
    """No division by nothing."""
    assert len(ladder_picture([1.0, 2.0], [0.0, 0.0], marks={"spot": 1.5})) == 3
