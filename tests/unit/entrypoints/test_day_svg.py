"""The picture of a day as SVG."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from gexlake.application.asking.query_gex import QueryGex
from gexlake.domain.snapshot import GexSnapshot
from gexlake.entrypoints.pictures.day_svg import day_svg
from gexlake.testing.builders import make_ladder, make_snapshot
from support.serving import lake_of

RED, BLUE = "#a62603", "#08408c"
STRIKES = [25_100.0 + 10 * n for n in range(20)]


def drawn(snapshots: Sequence[GexSnapshot], by: str = "volume") -> ET.Element:
    """Draw the day of some snapshots of one feed."""
    query = QueryGex(lake_of(list(snapshots)))
    (feed,) = query.feeds()
    return ET.fromstring(day_svg(query, feed, query.last_day(feed), by))  # noqa: S314  # of our own making


def words(picture: ET.Element) -> list[str]:
    """Give what stands in it."""
    return [element.text or "" for element in picture.iter() if element.tag.endswith("text")]


def line(picture: ET.Element, name: str) -> str:
    """Give the path of a line."""
    (found,) = [element for element in picture.iter() if element.get("class") == name]
    return found.attrib["d"]


def points(path: str) -> list[tuple[float, float]]:
    """Give the places that a path names whole."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def cells(picture: ET.Element, colour: str) -> list[tuple[float, float, float, float]]:
    """Give the rectangles of a colour: left, top, width, height."""
    paths = [element.attrib["d"] for element in picture.iter() if element.get("fill") == colour and element.get("d")]
    found = re.findall(r"M([\d.]+) (-?[\d.]+)H([\d.]+)V([\d.]+)", "".join(paths))
    return [(float(x), float(y), float(right) - float(x), float(bottom) - float(y)) for x, y, right, bottom in found]


def shades(picture: ET.Element) -> set[str]:
    """Give the colours of cells."""
    return {element.attrib["fill"] for element in picture.iter() if element.get("d") and element.get("fill")}


def session(count: int = 60, **changes: object) -> list[GexSnapshot]:
    """Make snapshots a second apart, whose spot rises from 25,200 on."""
    ladder = make_ladder(STRIKES, gamma=5.0)
    return [make_snapshot(second=n, spot=25_200.0 + n, strikes=ladder, **changes) for n in range(count)]


def test_spot_rises_from_left_to_right() -> None:
    """A point for each snapshot, at the height of its price."""
    picture = drawn(session())
    places = points(line(picture, "spot"))
    assert len(places) == 60
    assert places == sorted(places, key=lambda place: (place[0], -place[1]))
    steps = {round(before[1] - after[1], 1) for before, after in pairwise(places)}
    assert 0 < min(steps) <= max(steps) <= min(steps) + 0.2


def test_prices_and_moments_are_told_at_the_edges() -> None:
    """Round ones, in New York time."""
    told = words(drawn(session(600)))
    assert {"25,200", "10:31", "10:40"} <= set(told)
    assert "NQ_NDX/classic/gex_zero · Monday, 2025-10-06" in told
    assert "GEX by volume · 600 snapshots · a column is the last ladder of 2 s" in told


@pytest.mark.parametrize(
    ("begins", "hours", "told"),
    [
        (datetime(2026, 3, 8, 22, tzinfo=UTC), 5, ["18:00", "18:30", "19:00"]),
        (datetime(2025, 11, 2, 23, tzinfo=UTC), 5, ["18:00", "18:30", "19:00"]),
        (datetime(2026, 3, 8, 5, tzinfo=UTC), 6, ["00:00", "00:30", "01:00", "01:30", "03:00"]),
    ],
    ids=["evening in spring", "evening in autumn", "the change itself"],
)
def test_ticks_are_those_of_the_clock_when_it_is_changed(begins: datetime, hours: int, told: list[str]) -> None:
    """Futures open on the evening of such a Sunday; none stands outside of the picture, none tells a skipped hour."""
    ladder = make_ladder(STRIKES)
    moments = [begins + timedelta(minutes=10 * n) for n in range(6 * hours)]
    picture = drawn([make_snapshot(timestamp=moment, strikes=ladder) for moment in moments])
    ticks = [word for word in words(picture) if re.fullmatch(r"\d\d:\d\d", word)]
    assert ticks[: len(told)] == told
    assert "02:00" not in ticks


def test_a_cell_has_the_colour_of_its_sign_and_lies_at_its_strike() -> None:
    """What has the same shade from one moment to the next is one rectangle; what is 0 is none."""
    ladder = [(strike, 50.0 if strike == 25_200 else -50.0 if strike == 25_150 else 0.0) for strike in STRIKES]
    levels = tuple(make_ladder([strike], gamma=gamma)[0] for strike, gamma in ladder)
    picture = drawn([make_snapshot(second=n, spot=25_200.0, strikes=levels) for n in range(30)])
    ((left, top, wide, high),) = cells(picture, BLUE)
    ((_, below, _, _),) = cells(picture, RED)
    _, spot = points(line(picture, "spot"))[0]
    assert top + high / 2 == pytest.approx(spot, abs=0.2)
    assert below - top == pytest.approx(5 * high, abs=0.6)
    assert (left, wide) == (76, 1100)


def test_open_interest_is_the_other_gamma() -> None:
    """With the walls that go with it."""
    snapshots = session(major_pos_vol=25_210.0, major_pos_oi=25_230.0)
    places = [points(line(drawn(snapshots, by), "major_pos"))[0][1] for by in ("volume", "interest")]
    assert places[0] > places[1]
    assert "GEX by open interest" in " ".join(words(drawn(snapshots, "interest")))


def test_a_wall_that_jumps_is_not_drawn_between_its_strikes() -> None:
    """It lies along each of them."""
    snapshots = [
        make_snapshot(second=n, major_pos_vol=25_110.0 if n < 10 else 25_150.0, strikes=make_ladder(STRIKES))
        for n in range(20)
    ]
    path = line(drawn(snapshots), "major_pos")
    assert len(points(path)) == 2
    assert "L" not in path


def test_a_line_ends_where_the_day_has_a_gap() -> None:
    """And so do the cells: nobody knows what was between."""
    snapshots = [
        make_snapshot(second=n, strikes=make_ladder(STRIKES, gamma=5.0)) for n in [*range(60), *range(900, 960)]
    ]
    picture = drawn(snapshots)
    path = line(picture, "spot")
    assert path.count("M") == 2
    rights = {left + wide for left, _, wide, _ in cells(picture, BLUE)}
    assert 100 < min(rights) < 200


def test_what_there_is_none_of_is_not_named() -> None:
    """Zero gamma is 0 in the package state; a wall that lies beyond the picture is named as that."""
    told = words(drawn(session(zero_gamma=0, major_neg_vol=20_000.0)))
    assert "zero gamma" not in told
    assert "negative wall (beyond)" in told


def test_a_basis_that_moves_makes_no_rows_of_its_own() -> None:
    """The strikes of all snapshots lie in the rows of a whole ladder; that of the middle of the day may be torn."""
    ladders = [make_ladder([strike + n / 7 for strike in STRIKES], gamma=5.0) for n in range(20)]
    ladders[10] = ladders[10][:1]
    picture = drawn([make_snapshot(second=n, strikes=ladder) for n, ladder in enumerate(ladders)])
    tops = {top for shade in shades(picture) for _, top, _, _ in cells(picture, shade)}
    assert len(tops) <= len(STRIKES) + 1


@pytest.mark.parametrize("basis", [0.0, 2.5, 4.9, 7.21])
def test_a_wall_lies_in_the_middle_of_its_row(basis: float) -> None:
    """Whatever the basis, and when it moves across half a step of strikes; rows meet without a gap."""
    moved = [basis + n / 100 for n in range(20)]
    ladders = [make_ladder([25_200 + over], 90.0) + make_ladder([25_190 + over, 25_210 + over], 1.0) for over in moved]
    picture = drawn(
        [
            make_snapshot(second=n, strikes=sorted(ladder, key=lambda level: level.strike), major_pos_vol=25_200 + over)
            for n, (ladder, over) in enumerate(zip(ladders, moved, strict=True))
        ]
    )
    ((_, top, wide, high),) = cells(picture, BLUE)
    assert wide == 1100
    for _, wall in points(line(picture, "major_pos")):
        assert top + high / 2 == pytest.approx(wall, abs=high / 50)


def test_cells_meet_without_a_gap() -> None:
    """Where one ends another begins, to the digit."""
    ladder = make_ladder([25_100.0 + 7 * n for n in range(30)], gamma=5.0)
    picture = drawn([make_snapshot(second=n, strikes=ladder) for n in range(7)])
    rows = sorted((top, top + high) for shade in shades(picture) for _, top, _, high in cells(picture, shade))
    assert len(rows) == 30
    assert all(above[1] == pytest.approx(below[0], abs=1e-6) for above, below in pairwise(rows))


def test_the_scale_says_what_half_of_a_colour_means() -> None:
    """Shades go with the root of a value: half of them is a quarter. Small numbers are not told as 0."""
    ladder = make_ladder(STRIKES, gamma=0.0)
    levels = tuple(level.model_copy(update={"gamma": 0.08}) for level in ladder)
    told = words(drawn([make_snapshot(strikes=levels, sum_gex_vol=1.6)]))
    assert {"≤ -0.08", "-0.02", "0", "0.02", "≥ 0.08"} <= set(told)


def test_there_is_no_scale_of_nothing() -> None:
    """Open interest is 0 all day in the package state; a single cell that is not has the fullest shade."""
    nothing = tuple(level.model_copy(update={"gamma": 0.0}) for level in make_ladder(STRIKES))
    one = (nothing[0].model_copy(update={"gamma": -3.0}), *nothing[1:])
    days = [[make_snapshot(second=n, strikes=one if n == filled else nothing) for n in range(20)] for filled in (-1, 9)]
    assert [("0" in words(picture), shades(picture)) for picture in map(drawn, days)] == [(False, set()), (True, {RED})]


def test_a_quarter_of_the_most_has_half_of_the_colour() -> None:
    """So the row of a wall does not leave all others pale."""
    gammas = [100.0, 100.0, 25.0, -25.0]
    levels = tuple(make_ladder([strike], gamma=gamma)[0] for strike, gamma in zip(STRIKES, gammas, strict=False))
    picture = drawn([make_snapshot(spot=STRIKES[1], strikes=levels)])
    scale = [element.attrib["fill"] for element in picture.iter() if element.get("height") == "12"]
    assert {scale.index(shade) for shade in shades(picture)} == {6, 17, 23}


def test_strikes_far_from_spot_are_beyond_the_picture() -> None:
    """They press the others neither into a line nor into fewer rows."""
    ladder = make_ladder([100.0, *STRIKES, 100_000.0], gamma=50.0)
    picture = drawn([make_snapshot(spot=STRIKES[1], strikes=ladder)])
    assert {"25,120", "25,280"} <= set(words(picture))
    assert sum(len(cells(picture, shade)) for shade in shades(picture)) == len(STRIKES)


def test_both_sides_of_spot_are_seen_as_far() -> None:
    """Where strikes lie farther apart below than above, the picture reaches no farther down than up."""
    sparse, dense = [25_000.0 - 25 * n for n in range(1, 61)], [25_000.0 + 5 * n for n in range(60)]
    ladder = make_ladder(sorted([*sparse, *dense]), gamma=5.0)
    picture = drawn([make_snapshot(second=n, spot=25_000.0, strikes=ladder) for n in range(3)])
    prices = sorted(int(word.replace(",", "")) for word in words(picture) if word.startswith(("24,", "25,")))
    assert (25_000 - prices[0], prices[-1] - 25_000) == pytest.approx((200, 200), abs=50)


ODD = make_snapshot(ticker="A&B<C>", spot=0.05, strikes=make_ladder((0.05, 0.06)))


@pytest.mark.parametrize(
    "snapshots",
    [
        [make_snapshot()],
        [make_snapshot(second=n, strikes=make_ladder((100.0,))) for n in range(3)],
        [make_snapshot(second=n, strikes=make_ladder((0.01, 0.02, 1e6))) for n in range(3)],
        [ODD, make_snapshot(ticker="A&B<C>", second=60)],
    ],
    ids=["one", "far", "wide", "named"],
)
def test_odd_days_are_drawn_all_the_same(snapshots: list[GexSnapshot]) -> None:
    """And no place in them is not-a-number."""
    picture = drawn(snapshots)
    assert not [element for element in picture.iter() if "nan" in " ".join(element.attrib.values())]
