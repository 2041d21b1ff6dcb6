"""The calendar of a feed: one cell a day, a row a week, months side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from ....domain.coverage import Condition, DayCoverage
from .day_picture import Line, Span

#: What stands for each condition, and its style. The marks differ without colours, too.
MARKS: dict[Condition, Span] = {
    Condition.AVAILABLE: ("█", "green"),
    Condition.DEGRADED: ("▒", "yellow"),
    Condition.PENDING: ("…", "cyan"),
    Condition.MISSING: ("✗", "bold red"),
}
#: A day without a session, and one before the feed begins or after it ends.
CLOSED: Span = ("·", "dim")
_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_WEEKDAYS = 5
_CELL = 3
_BETWEEN = "   "
_BLANK: list[Span] = [(" " * _CELL, "")]


def calendar_picture(days: Sequence[DayCoverage], *, width: int = 78) -> list[Line]:
    """Draw the days of one feed, with a legend of what occurs.

    Args:
        days: at least one.
        width: characters of a line; as many months stand side by side as have room.
    """
    conditions = {day.date: day.condition for day in days}
    # Weekends have a column only if there is something to see.
    across = len(_NAMES) if any(day.weekday() >= _WEEKDAYS for day in conditions) else _WEEKDAYS
    months = [_month(year, month, conditions, across) for year, month in _months(min(conditions), max(conditions))]
    beside = max(1, (width + len(_BETWEEN)) // (across * _CELL + len(_BETWEEN)))
    lines: list[Line] = []
    for first in range(0, len(months), beside):
        lines += _side_by_side(months[first : first + beside], across)
    return [*lines, _legend(conditions)]


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield number // 12, number % 12 + 1


def _month(year: int, month: int, conditions: Mapping[date, Condition], across: int) -> list[Line]:
    """Draw one month: its name, the weekdays, a line a week."""
    width = across * _CELL
    lines: list[Line] = [
        [(f"{date(year, month, 1):%B %Y}".ljust(width)[:width], "bold")],
        [("".join(name.ljust(_CELL) for name in _NAMES[:across]), "dim")],
    ]
    first = date(year, month, 1)
    monday = first - timedelta(days=first.weekday())
    earliest, latest = min(conditions), max(conditions)
    while (monday.year, monday.month) <= (year, month):
        week = [monday + timedelta(days=n) for n in range(across)]
        shown = [day for day in week if day.month == month and earliest <= day <= latest]
        if shown:
            cells = (_cell(day, conditions) if day in shown else _BLANK for day in week)
            lines.append([span for cell in cells for span in cell])
        monday += timedelta(days=7)
    return lines


def _cell(day: date, conditions: Mapping[date, Condition]) -> list[Span]:
    glyph, style = MARKS[conditions[day]] if day in conditions else CLOSED
    return [(glyph * 2 if day in conditions else f"{glyph} ", style), (" ", "")]


def _side_by_side(months: list[list[Line]], across: int) -> Iterator[Line]:
    for row in range(max(len(month) for month in months)):
        line: Line = []
        for month in months:
            line += [*(month[row] if row < len(month) else [(" " * (across * _CELL), "")]), (_BETWEEN, "")]
        yield _trimmed(line)
    yield []


def _trimmed(line: Line) -> Line:
    """Take away the blanks at the end."""
    while line and not line[-1][0].strip():
        line = line[:-1]
    return [*line[:-1], (line[-1][0].rstrip(), line[-1][1])] if line else []


def _legend(conditions: Mapping[date, Condition]) -> Line:
    """Name what can be seen, and count it."""
    line: Line = []
    for condition, (glyph, style) in MARKS.items():
        if number := sum(found is condition for found in conditions.values()):
            line += [(glyph * 2, style), (f" {number} {condition.value}   ", "")]
    first, last = min(conditions), max(conditions)
    between = (first + timedelta(days=n) for n in range((last - first).days))
    if any(day not in conditions and day.weekday() < _WEEKDAYS for day in between):
        line += [CLOSED, (" no session", "")]
    return _trimmed(line)
