"""Tables and text for the terminal, drawn with rich; plain and unwrapped where there is no terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TextIO

from .words import count, counted, plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: The width of a line where no terminal limits it: enough for every table, so that none is folded.
UNLIMITED = 400
#: What a column whose texts are folded keeps at least: an id of a run, or a price, stays whole in it.
LEAST = 24
#: A rule below the titles and one above the total, in the notation of ``rich.box``.
RULES = "    \n    \n ── \n    \n    \n ── \n    \n    \n"
#: Of more days than this, the numbers of a feed are drawn together.
_MOST_DAYS = 100
#: Blanks between two columns.
_BETWEEN = 2
_SIZES = {"COLUMNS", "LINES"}
#: What fills a line to its end, and the styles in between.
_FILLING = re.compile(r"(?: |\x1b\[[\d;]*m)+$")


def load() -> None:
    """Load what draws, before it is needed."""
    for name in ("rich.console", "rich.table"):
        import_module(name)


def may_be_terminal(out: TextIO) -> bool:
    """Whether a console on a stream may turn out to be a terminal; rich, which takes long to load, will tell."""
    return getattr(out, "isatty", bool)() or bool({"TTY_COMPATIBLE", "FORCE_COLOR"} & os.environ.keys())


def console(*, stderr: bool = False) -> Console:
    """Open stdout or stderr for drawing. Text is taken as it is; NO_COLOR and pipes take the colours away."""
    from rich.console import Console

    # A size of 0, or one that is no number, is how some environments say that they do not know it.
    known = {
        name: value for name, value in os.environ.items() if name not in _SIZES or (value.isdecimal() and int(value))
    }
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False, _environ=known)
    if not made.is_terminal and "COLUMNS" not in known:
        made.width = UNLIMITED
    return made


def say(text: str = "", style: str | None = None) -> None:
    """Write a line on stdout, not broken where the terminal ends: commands in it can be copied."""
    console().print(plain(text), style=style, soft_wrap=True)


def show_table(
    titles: Sequence[str],
    rows: Iterable[Sequence[str | tuple[str, ...]]],
    *,
    numbers: Iterable[str] = (),
    folding: str = "",
    total: Sequence[str] | None = None,
) -> None:
    """Draw a table on stdout.

    Nothing is cut: what has no room in a line goes on beyond its end, where the terminal breaks it.

    Args:
        titles: of the columns.
        rows: the texts of the cells; one of several lines is a tuple of them.
        numbers: titles of the columns that are set to the right.
        folding: title of the column whose texts are folded when a line has no room for them.
        total: the last row, apart.
    """
    from rich.box import Box
    from rich.table import Table

    table = Table(
        box=Box(RULES),
        show_footer=total is not None,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
        footer_style="bold",
    )
    texts = [["\n".join(map(plain, (cell,) if isinstance(cell, str) else cell)) for cell in row] for row in rows]
    footers = total or [""] * len(titles)
    columns = zip(titles, *texts, footers, strict=True)
    widths = [_width(column, LEAST if column[0] == folding else None) for column in columns]
    right = set(numbers)
    for title, footer, width in zip(titles, footers, widths, strict=True):
        side: Literal["left", "right"] = "right" if title in right else "left"
        folds = title == folding
        fixed = None if folds else width  # else rich measures all cells once more
        table.add_column(title, footer, justify=side, no_wrap=not folds, overflow="fold", width=fixed)
    for row in texts:
        table.add_row(*row)
    _print(table, sum(widths) + _BETWEEN * (len(widths) - 1))


def show_days(days: Sequence[Any], *names: str, unsummed: str = "") -> None:
    """Draw a row for each feed and day with the numbers of these names, and below them their sums, but for one.

    Of many days there is one row a feed: nobody reads a thousand lines, and to draw them takes seconds.
    """

    def sums(of: Sequence[Any]) -> list[str]:
        return ["" if name == unsummed else count(sum(getattr(day, name) for day in of)) for name in names]

    if len(days) <= _MOST_DAYS:
        rows = [(str(day.feed), str(day.date), *(count(getattr(day, name)) for name in names)) for day in days]
    else:
        by_feed: dict[str, list[Any]] = {}
        for day in days:
            by_feed.setdefault(str(day.feed), []).append(day)
        rows = [(feed, counted(len(of), "day"), *sums(of)) for feed, of in by_feed.items()]
    show_table(("feed", "day", *names), rows, numbers=names, total=("total", "", *sums(days)))


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Draw names and values, one pair a line."""
    from rich.table import Table

    pairs = [(name, plain(value)) for name, value in facts]
    grid = Table.grid(padding=(0, _BETWEEN))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for pair in pairs:
        grid.add_row(*pair)
    _print(grid, _width([name for name, _ in pairs]) + _BETWEEN + LEAST)


def _width(texts: Iterable[str], most: int | None = None) -> int:
    """Give the characters that a line needs for the widest of some texts, or the most that it is given."""
    from rich.cells import cell_len

    widest = max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
    return widest if most is None else min(widest, most)


def _print(table: Table, needed: int) -> None:
    """Draw a table, however narrow the terminal is, and without the blanks that fill its lines."""
    from rich.console import ConsoleDimensions

    out = console()
    out.size = ConsoleDimensions(max(out.width, needed), out.height)  # a dumb terminal heeds no width alone
    with out.capture() as drawn:
        out.print(table)
    out.file.writelines(
        _FILLING.sub(lambda filling: filling[0].replace(" ", ""), line) + "\n" for line in drawn.get().splitlines()
    )
