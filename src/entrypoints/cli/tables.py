"""Tables and text for the terminal, drawn with rich; plain and unwrapped where there is no terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TextIO

from .words import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: The width of a line where no terminal limits it: enough for every table, so that none is folded.
UNLIMITED = 400
#: A rule below the titles and one above the total, in the notation of ``rich.box``.
RULES = "    \n    \n ── \n    \n    \n ── \n    \n    \n"


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

    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
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
    right = set(numbers)
    for place, title in enumerate(titles):
        side: Literal["left", "right"] = "right" if title in right else "left"
        footer = total[place] if total else ""
        table.add_column(title, footer, justify=side, no_wrap=title != folding, overflow="fold")
    for row in rows:
        table.add_row(*("\n".join(map(plain, (cell,) if isinstance(cell, str) else cell)) for cell in row))
    _print(table, console())


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Draw names and values, one pair a line."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, value in facts:
        grid.add_row(name, plain(value))
    _print(grid, console())


def _print(table: Table, out: Console) -> None:
    """Draw a table; where it is not looked at but processed, without the blanks that fill its lines."""
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as drawn:
        out.print(table)
    out.file.writelines(f"{line.rstrip()}\n" for line in drawn.get().splitlines())
