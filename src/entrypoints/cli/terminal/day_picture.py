"""The picture of a trading day: spot, zero gamma and the walls through the session, in characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from ....application.columns.arrays import Floats, Ints
from ....domain.coverage import STEPS
from ....domain.timestamps import from_micros, to_micros
from ...pictures.day_prices import gaps, price_range
from ...pictures.steps import fitting_step, round_times
from .braille import DOTS, Canvas

#: A piece of a line and the name of the style that it may be drawn in; "" is plain.
Span = tuple[str, str]
Line = list[Span]

#: What is drawn beside spot: the column, its mark, its style, its name. Later ones lie over earlier ones.
MARKS = (
    ("major_neg_vol", "─", "red", "negative wall"),
    ("major_pos_vol", "═", "green", "positive wall"),
    ("zero_gamma", "∙", "yellow", "zero gamma"),
)
SPOT_STYLE = "bold cyan"
_LABEL = 12
_EVERY_ROWS = 4
#: From one time on the axis to the next, in characters at least; it tells no seconds.
_APART, _MINUTE = 9, timedelta(minutes=1)


def day_picture(columns: Mapping[str, Any], *, width: int = 78, height: int = 18) -> list[Line]:
    """Draw a day.

    Args:
        columns: ``timestamp`` (microseconds since 1970), ``spot``, ``zero_gamma``, ``major_pos_vol`` and
            ``major_neg_vol``, all of one length, oldest first. 0 means that there was none and leaves a gap.
        width: characters of a line, at least 40.
        height: lines of the plot; axis and legend come below.

    Returns:
        Lines of spans; nothing if there is nothing to draw.
    """
    micros = np.asarray(columns["timestamp"], dtype=np.int64)
    series = {name: gaps(columns[name]) for name in ("spot", *(mark[0] for mark in MARKS))}
    if not len(micros) or np.isnan(series["spot"]).all():
        return []
    across = width - _LABEL
    low, high = price_range(series["spot"], series)
    place, shown = _held((micros - micros[0]) / max(1, micros[-1] - micros[0]), across * DOTS)
    series = {name: values[shown] for name, values in series.items()}
    grid = [[(" ", "")] * across for _ in range(height)]
    drawn = [
        mark for mark in MARKS if _draw_marks(grid, place, (series[mark[0]] - low) / (high - low), (mark[1], mark[2]))
    ]
    canvas = Canvas(across, height)
    canvas.plot(place, (series["spot"] - low) / (high - low))
    for row, column, glyph in canvas.cells():
        grid[row][column] = (glyph, SPOT_STYLE)
    step = (high - low) / height
    lines = [_labelled(row, high - (row + 0.5) * step, cells) for row, cells in enumerate(grid)]
    beyond = [mark[3] for mark in MARKS if mark not in drawn and not np.isnan(series[mark[0]]).all()]
    return [*lines, *_time_axis(micros, across), _legend(drawn, beyond)]


def _held(place: Floats, across: int) -> tuple[Floats, Ints]:
    """Have each snapshot hold until the next one, but not over a gap: there may be fewer of them than places across.

    Gives where something is to be drawn, from 0 to 1, and which snapshot it is.
    """
    between = (np.arange(across) + 0.5) / across
    last = np.searchsorted(place, between, side="right") - 1
    steps = np.diff(place, append=np.inf)  # behind the last one nothing is known
    held = steps[last] < STEPS * np.median(steps)
    places = np.concatenate([place, between[held]])
    order = np.argsort(places, kind="stable")
    return places[order], np.concatenate([np.arange(len(place)), last[held]])[order]


def _draw_marks(grid: list[Line], place: Floats, level: Floats, mark: Span) -> bool:
    """Set a mark into each column of the grid at the median of what falls there; say whether there was any."""
    any_drawn = False
    height, across = len(grid), len(grid[0])
    columns = np.minimum((place * across).astype(int), across - 1)
    for column in np.unique(columns):
        here = level[columns == column]
        here = here[~np.isnan(here)]
        if not len(here):
            continue
        middle = float(np.median(here))
        if 0 <= middle < 1:
            grid[height - 1 - int(middle * height)][column] = mark
            any_drawn = True
    return any_drawn


def _labelled(row: int, price: float, cells: Line) -> Line:
    label = f"{price:,.2f}" if row % _EVERY_ROWS == 1 else ""
    return [(f"{label:>{_LABEL - 2}} {'┤' if label else '│'}", ""), *_joined(cells)]


def _joined(cells: Line) -> Line:
    """Join neighbours of one style."""
    joined: Line = []
    for glyph, style in cells:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + glyph, style)
        else:
            joined.append((glyph, style))
    return joined


def _time_axis(micros: Ints, across: int) -> list[Line]:
    """Draw the axis below: New York time, on round minutes, as many as have room."""
    first, last = from_micros(int(micros[0])), from_micros(int(micros[-1]))
    step = fitting_step(lambda step: step >= _MINUTE and (last - first) / step * _APART <= across)
    axis, labels = ["─"] * across, [" "] * across
    for tick in round_times(first, last, step):
        done = (to_micros(tick) - int(micros[0])) / max(1, int(micros[-1] - micros[0]))
        column = min(int(done * across), across - 1)
        axis[column] = "┬"
        start = min(column, across - 5)
        labels[start : start + 5] = f"{tick:%H:%M}"
    return [
        [(" " * (_LABEL - 1) + "└" + "".join(axis), "")],
        [(f"{'New York':>{_LABEL - 1}} " + "".join(labels).rstrip(), "")],
    ]


def _legend(drawn: Sequence[tuple[str, str, str, str]], beyond: Sequence[str]) -> Line:
    """Name what can be seen, and what there is but too far from spot to be seen."""
    line: Line = [(" " * _LABEL, ""), ("⠤⠒", SPOT_STYLE), (" spot", "")]
    for _, glyph, style, name in reversed(drawn):
        line += [("  ", ""), (glyph * 2, style), (f" {name}", "")]
    if beyond:
        line.append((f"  beyond: {', '.join(reversed(beyond))}", ""))
    return line
