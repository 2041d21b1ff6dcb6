"""The picture of a trading day as SVG: the ladders through the day, and spot, zero gamma and the walls over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa

from ...application.asking.answer import ends_of
from ...application.asking.draw_heatmap import DrawHeatmap, Heatmap
from ...application.asking.query_gex import QueryGex
from ...application.columns.arrays import Flags, Floats, Ints
from ...application.columns.rows import micros_of
from ...domain.coverage import STEPS
from ...domain.feed import Feed
from ...domain.timestamps import MICROSECOND, from_micros, to_micros
from .day_prices import gaps, price_range
from .gex_by import BY, TITLES
from .steps import round_step, round_times

_WIDTH, _HEIGHT = 1200, 720
_LEFT, _TOP, _ACROSS, _DOWN = 76, 92, 1100, 572
#: Columns of ladders at most, and points of a line.
_COLUMNS, _POINTS = 400, 1_100
_TICKS = 15
#: Rows of strikes on the side of the middle where they are closer, as far as there are any; of all near spot, at most.
_ROWS, _MOST_ROWS = 40, 2_000
#: No row lies farther from spot than this share of it.
_FARTHEST = 0.1
#: Shades of each sign. That of a number goes with its root: a wall must not leave all the rest pale.
_SHADES = 12
_COLOURS = {1: ((226, 238, 248), (8, 64, 140)), -1: ((253, 232, 214), (166, 38, 3))}
_THIN, _THICK, _HALO = 1.6, 3, 4.6
_INK, _PALE = "#1d2733", "#6b7785"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of prices; one that ``jumps`` from strike to strike is drawn along each, not between them."""

    name: str
    title: str
    colour: str
    jumps: bool = False
    dashes: str = ""


_LINES = (
    _Line("major_neg", "negative wall", "#8c1c02", jumps=True),
    _Line("major_pos", "positive wall", "#06336f", jumps=True),
    _Line("zero_gamma", "zero gamma", "#7b2d8e", dashes="7 4"),
    _Line("spot", "spot", "#000000"),
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where moments (microseconds since 1970) and prices lie in the picture."""

    first: int
    last: int
    low: float
    high: float

    def across(self, micros: Ints) -> Floats:
        """Place moments."""
        return _LEFT + _ACROSS * (micros - self.first) / (self.last - self.first)

    def down(self, prices: Floats) -> Floats:
        """Place prices."""
        return _TOP + _DOWN * (self.high - prices) / (self.high - self.low)


def day_svg(query: QueryGex, feed: Feed, day: date, by: str = "volume") -> bytes:
    """Draw a trading day of a feed; ``by`` says what GEX and walls are of.

    Raises:
        SnapshotNotFound: the feed has none of that day.
    """
    snapshots = query.day(feed, day)
    value, which = BY[by]
    columns = {"spot": "spot", "zero_gamma": "zero_gamma", "major_pos": f"major_pos_{which}"}
    columns["major_neg"] = f"major_neg_{which}"
    levels = {name: gaps(snapshots.column(column).to_numpy()) for name, column in columns.items()}
    heatmap, step = _ladders(query, feed, snapshots, value)
    frame = _frame(micros_of(snapshots), levels, heatmap.strikes, step)
    body = [
        *_heading(feed, day, snapshots.num_rows, step, by),
        *_cells(heatmap, frame, step),
        *_axes(frame),
        *_lines(micros_of(snapshots), levels, frame),
    ]
    return "\n".join([*_begun(f"{feed} {day}"), *body, "</svg>", ""]).encode()


def _ladders(query: QueryGex, feed: Feed, snapshots: pa.Table, value: str) -> tuple[Heatmap, timedelta]:
    """Give the ladders of the day; where a basis moves, strikes stay in the rows of a whole ladder of the middle."""
    step = round_step([ends_of(snapshots)], _COLUMNS)
    counts = snapshots.column("strike_count").to_numpy()
    whole = np.flatnonzero(counts == counts.max())
    middle = snapshots.slice(int(whole[len(whole) // 2]), 1)
    _, ladder = query.with_ladders(feed, middle, ("timestamp", "strike"))
    strikes = ladder.column("strike").to_numpy()
    near = strikes[np.abs(strikes / middle.column("spot")[0].as_py() - 1) < _FARTHEST]
    bucket = max(float(np.diff(near).min()), float(np.ptp(near)) / _MOST_ROWS) if len(near) > 1 else None
    origin = float(near[0]) if len(near) else 0.0
    draw = DrawHeatmap(query).draw
    return draw(feed, *ends_of(snapshots), step, value=value, bucket=bucket, origin=origin), step


def _frame(micros: Ints, levels: dict[str, Floats], strikes: Floats, step: timedelta) -> _Frame:
    width = step // MICROSECOND
    low, high = price_range(levels["spot"], levels)
    middle = (low + high) / 2
    away = np.abs(strikes - middle)
    sides = (np.sort(away[side]) for side in (strikes < middle, strikes >= middle))
    reach = min([_FARTHEST * middle, *(side[_ROWS - 1] for side in sides if len(side) >= _ROWS)])
    around = strikes[away <= reach]
    low, high = min(low, around.min(initial=low)), max(high, around.max(initial=high))
    return _Frame(int(micros[0]) // width * width, (int(micros[-1]) // width + 1) * width, low, high)


def _cells(heatmap: Heatmap, frame: _Frame, step: timedelta) -> Iterator[str]:
    """Draw each cell in the shade of its value, neighbours of one shade as one, and the scale if there are any."""
    edges = _edges(heatmap.strikes)
    seen = (edges[1:] > frame.low) & (edges[:-1] < frame.high)
    values = heatmap.values[seen]
    if not np.nan_to_num(values).any():
        return
    most = float(np.nanpercentile(np.abs(values), 99.5)) or float(np.nanmax(np.abs(values)))
    depth = np.ceil(_SHADES * np.sqrt(np.minimum(np.abs(np.nan_to_num(values)) / most, 1)))
    shades = (np.sign(np.nan_to_num(values)) * depth).astype(np.int64)
    begins, ends = _held(micros_of(heatmap.snapshots), step // MICROSECOND)
    left, right = frame.across(begins), frame.across(ends)
    top, bottom = frame.down(edges[1:][seen]), frame.down(edges[:-1][seen])
    drawn: dict[int, list[str]] = {}
    for row, of_row in enumerate(shades):
        cut = np.flatnonzero((np.diff(of_row) != 0) | (begins[1:] != ends[:-1])) + 1
        for begin, end in pairwise([0, *cut.tolist(), len(of_row)]):
            if shade := int(of_row[begin]):
                # Edges, not widths: what is rounded by itself leaves hairlines between neighbours.
                x, y = f"{left[begin]:.1f}", f"{top[row]:.1f}"
                path = f"M{x} {y}H{right[end - 1]:.1f}V{bottom[row]:.1f}H{x}z"
                drawn.setdefault(shade, []).append(path)
    yield '<g clip-path="url(#plot)" shape-rendering="crispEdges">'
    for shade, paths in sorted(drawn.items()):
        yield f'<path fill="{_colour(shade)}" d="{"".join(paths)}"/>'
    yield "</g>"
    yield from _scale(most)


def _held(micros: Ints, width: int) -> tuple[Ints, Ints]:
    """Give when each ladder's column begins and ends: with the next one, but for a gap, or with its step."""
    begins = micros // width * width
    steps = np.diff(begins, append=begins[-1] + width)
    return begins, begins + np.where(steps <= STEPS * np.median(steps), steps, width)


def _edges(strikes: Floats) -> Floats:
    """Give where the row of each strike begins, and the last one ends: half-way to its neighbours."""
    if len(strikes) < 2:  # noqa: PLR2004  # two are neighbours
        return np.concatenate([strikes - 0.5, strikes + 0.5])
    half = np.diff(strikes) / 2
    return np.concatenate([[strikes[0] - half[0]], strikes[:-1] + half, [strikes[-1] + half[-1]]])


def _colour(shade: int) -> str:
    pale, full = _COLOURS[1 if shade > 0 else -1]
    share = (abs(shade) - 1) / (_SHADES - 1)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(pale, full, strict=True))


def _scale(most: float) -> Iterator[str]:
    """Say which shade is how much: half-way to the fullest one, for shades go with the root, a quarter."""
    wide, left, top = 13, _LEFT + _ACROSS - 2 * 13 * _SHADES, 38
    for place, shade in enumerate(n for n in range(-_SHADES, _SHADES + 1) if n):
        yield f'<rect x="{left + place * wide}" y="{top}" width="{wide}" height="12" fill="{_colour(shade)}"/>'
    least, some, quarter = (f"{float(f'{amount:.3g}'):,.10g}" for amount in (-most, most, most / 4))
    labels = (f"≤ {least}", f"-{quarter}", "0", quarter, f"≥ {some}")
    for place, (label, anchor) in enumerate(zip(labels, ("start", *["middle"] * 3, "end"), strict=True)):
        yield _text(left + place * wide * _SHADES / 2, top + 27, label, anchor, _PALE)


def _lines(micros: Ints, levels: dict[str, Floats], frame: _Frame) -> Iterator[str]:
    """Draw the levels, which end where there is a gap of the day or of them, and name them above."""
    place = (micros - frame.first) * _POINTS // (frame.last - frame.first)
    shown = np.flatnonzero(np.append(place[1:] != place[:-1], True))
    gap = STEPS * float(np.median(np.diff(micros))) if len(micros) > 1 else np.inf
    apart = np.diff(micros[shown], prepend=micros[0]) > max(gap, (frame.last - frame.first) / _POINTS * 2)
    across, left = frame.across(micros[shown]), _LEFT
    there = [line for line in _LINES if not np.isnan(levels[line.name]).all()]
    for line in reversed(there):
        seen = ((levels[line.name] >= frame.low) & (levels[line.name] <= frame.high)).any()
        title = line.title if seen else f"{line.title} (beyond)"
        yield f'<path d="M{left} 70h26" {_stroke(line)}/>' + _text(left + 32, 74, title, "start", _INK)
        left += 50 + 7 * len(title)
    yield '<g clip-path="url(#plot)" fill="none" stroke-linejoin="round" stroke-linecap="round">'
    for line in there:
        path = _path(across, frame.down(levels[line.name][shown]), apart, jumps=line.jumps)
        yield f'<path d="{path}" stroke="#ffffff" stroke-opacity=".75" stroke-width="{_HALO}"/>'
        yield f'<path class="{line.name}" d="{path}" {_stroke(line)}><title>{line.title}</title></path>'
    yield "</g>"


def _stroke(line: _Line) -> str:
    dashes = f' stroke-dasharray="{line.dashes}"' if line.dashes else ""
    return f'stroke="{line.colour}" stroke-width="{_THICK if line.jumps else _THIN}"{dashes}'


def _path(across: Floats, down: Floats, apart: Flags, *, jumps: bool) -> str:
    """Lead through the points that are numbers, anew to those that stand ``apart`` from the one before."""
    words: list[str] = []
    before = np.nan
    for x, y, begins in zip(across.tolist(), down.tolist(), apart.tolist(), strict=True):
        drawing = not begins and not np.isnan(before)
        if drawing and jumps:
            words.append(f"H{x:.1f}")
        if not (np.isnan(y) or (drawing and jumps and y == before)):
            begun = f"M{x:.1f} {y:.1f}h0"  # a dot, if nothing follows
            words.append(f"L{x:.1f} {y:.1f}" if drawing and not jumps else begun)
        before = y
    return "".join(words)


def _axes(frame: _Frame) -> Iterator[str]:
    """Draw prices on the left, New York time below, and lines from there through the picture."""
    bottom, right = _TOP + _DOWN, _LEFT + _ACROSS
    yield f'<g stroke="{_INK}" stroke-opacity=".13">'
    prices = _round_prices(frame.low, frame.high)
    rows = frame.down(np.array(prices)).tolist()
    yield from (f'<path d="M{_LEFT} {row:.1f}H{right}"/>' for row in rows)
    first, last = from_micros(frame.first), from_micros(frame.last)
    moments = list(round_times(first, last, round_step([(first, last)], _TICKS)))
    places = frame.across(np.array([to_micros(moment) for moment in moments], np.int64)).tolist()
    yield from (f'<path d="M{place:.1f} {_TOP}V{bottom}"/>' for place in places)
    yield "</g>"
    yield f'<rect x="{_LEFT}" y="{_TOP}" width="{_ACROSS}" height="{_DOWN}" fill="none" stroke="{_PALE}"/>'
    for price, row in zip(prices, rows, strict=True):
        yield _text(_LEFT - 8, row + 4, f"{price:,.10g}", "end", _INK)
    form = "%H:%M:%S" if any(moment.second for moment in moments) else "%H:%M"
    for moment, place in zip(moments, places, strict=True):
        yield _text(place, bottom + 20, f"{moment:{form}}", "middle", _INK)
    yield _text(right, bottom + 40, "New York", "end", _PALE)


def _round_prices(low: float, high: float) -> list[float]:
    """Give round prices within a range, about ten."""
    about = (high - low) / 10
    power = 10.0 ** np.floor(np.log10(about))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= about)
    return [round(n * step, 10) for n in range(int(np.ceil(low / step)), int(high // step) + 1)]


def _heading(feed: Feed, day: date, snapshots: int, step: timedelta, by: str) -> Iterator[str]:
    yield _text(_LEFT, 34, f"{feed} · {day:%A}, {day}", "start", _INK, 'font-size="19" font-weight="bold"')
    each = f"GEX by {TITLES[by]} · {snapshots:,} snapshots · a column is the last ladder of {_written(step)}"
    yield _text(_LEFT + _ACROSS, 28, each, "end", _PALE)


def _written(step: timedelta) -> str:
    seconds = int(step.total_seconds())
    unit, name = next((unit, name) for unit, name in ((3600, "h"), (60, "min"), (1, "s")) if seconds % unit == 0)
    return f"{seconds // unit} {name}"


def _text(x: float, y: float, words: str, anchor: str, colour: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" {more}>{escape(words)}</text>'


def _begun(title: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12.5" role="img">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    yield f'<clipPath id="plot"><rect x="{_LEFT}" y="{_TOP}" width="{_ACROSS}" height="{_DOWN}"/></clipPath>'
