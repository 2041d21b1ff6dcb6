"""Cells and tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Make a table; the first column is text, all others are numbers."""
    bar = ["---", *["---:"] * (len(head) - 1)]
    return [*(f"| {' | '.join(row)} |" for row in (head, bar, *rows)), ""]


def spread(figure: dict[str, Any] | None, unit: str = "", *, scale: float = 1) -> str:
    """Write a figure: the median, in parentheses the least and the greatest."""
    if figure is None:
        return "-"
    median, least, greatest = (number(figure[key] * scale) for key in ("median", "min", "max"))
    return f"{median}{unit} ({least} to {greatest})" if figure["runs"] > 1 else f"{median}{unit}"


def number(value: float) -> str:
    """Write a number with three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
