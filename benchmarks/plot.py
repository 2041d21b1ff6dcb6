"""Draws horizontal bars as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_ROW, _LEFT, _WIDE, _RIGHT, _TOP = 26, 210, 440, 150, 44
_COLOURS = {True: "#2463b4", False: "#9aa7b5"}


class Bar(NamedTuple):
    """A bar, whose thin line runs from the least to the greatest of what was measured."""

    label: str
    value: float
    least: float
    greatest: float
    ours: bool


def bars(title: str, unit: str, rows: Sequence[Bar]) -> str:
    """Draw bars from zero, all to one scale."""
    longest = max(row.greatest for row in rows)
    height = _TOP + _ROW * len(rows) + 12
    width = _LEFT + _WIDE + _RIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="13" role="img">'
        ),
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="15" font-weight="bold" fill="#1d2733">{escape(title)}</text>',
    ]
    for number, row in enumerate(rows):
        top = _TOP + _ROW * number
        middle = top + _ROW / 2
        length, least, greatest = (
            _WIDE * value / longest if longest else 0 for value in (row.value, row.least, row.greatest)
        )
        parts += [
            f'<text x="{_LEFT - 8}" y="{middle + 4.5:.1f}" text-anchor="end" fill="#1d2733">{escape(row.label)}</text>',
            (
                f'<rect x="{_LEFT}" y="{top + 5}" width="{max(length, 1):.1f}" height="{_ROW - 10}" '
                f'fill="{_COLOURS[row.ours]}"/>'
            ),
            f'<path d="M{_LEFT + least:.1f} {middle}H{_LEFT + greatest:.1f}" stroke="#1d2733" stroke-width="1.5"/>',
            (
                f'<text x="{_LEFT + max(length, greatest) + 8:.1f}" y="{middle + 4.5:.1f}" fill="#1d2733">'
                f"{row.value:.3g} {escape(unit)}</text>"
            ),
        ]
    return "\n".join([*parts, "</svg>", ""])
