"""The picture of a ladder: a bar of gamma for each strike, and where spot stands among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .day_picture import Line

#: How many strikes are shown: those nearest to spot.
ROWS = 30
_STYLES = {True: "green", False: "red"}
_LABEL = 11
_VALUE = 12
#: Room for the name of a mark behind the numbers.
_NAME = len("  ← + wall")


def ladder_picture(
    strikes: Sequence[float],
    gamma: Sequence[float],
    *,
    marks: Mapping[str, float],
    width: int = 78,
    rows: int = ROWS,
) -> list[Line]:
    """Draw the ladder around spot, highest strike first.

    Args:
        strikes: prices, in any order.
        gamma: the bar of each strike, in the vendor's unit.
        marks: prices to show by name; ``spot`` must be among them. One beyond the shown strikes is left out.
        width: characters of a line.
        rows: how many strikes.
    """
    spot = marks["spot"]
    nearest = sorted(zip(strikes, gamma, strict=True), key=lambda level: abs(level[0] - spot))[:rows]
    levels = sorted(nearest, reverse=True)
    largest = max((abs(value) for _, value in levels), default=0.0) or 1.0
    half = max(5, (width - _LABEL - _VALUE - _NAME - 3) // 2)
    between = {name: price for name, price in marks.items() if levels and levels[-1][0] <= price <= levels[0][0]}
    lines: list[Line] = []
    for place, (strike, value) in enumerate(levels):
        higher = levels[place - 1][0] if place else None
        for name, price in sorted(between.items(), key=lambda mark: -mark[1]):
            if higher is not None and strike < price < higher:
                lines.append(_mark_line(name, price, half))
        named = [name for name, price in between.items() if price == strike]
        lines.append(_bar_line(strike, value, value / largest, half, named))
    return lines


def _bar_line(strike: float, value: float, share: float, half: int, named: list[str]) -> Line:
    """Draw one strike: a bar to the left for negative gamma, to the right for positive."""
    halves = round(abs(share) * half * 2)
    full, rest = divmod(halves, 2)
    if value < 0:
        bars = (" " * (half - full - rest) + "▐" * rest + "█" * full, " " * half)
    else:
        bars = (" " * half, "█" * full + "▌" * rest + " " * (half - full - rest))
    style = _STYLES[value >= 0]
    line: Line = [(f"{strike:>{_LABEL},.2f} ", ""), (bars[0], style), ("│", "dim"), (bars[1], style)]
    line.append((f" {value:>{_VALUE},.2f}", ""))
    if named:
        line.append((f"  ← {', '.join(named)}", "bold"))
    return line


def _mark_line(name: str, price: float, half: int) -> Line:
    """Draw a line across for a price that lies between two strikes."""
    style = "bold cyan" if name == "spot" else "yellow"
    rule = "─" if name == "spot" else "╌"
    return [(f"{price:>{_LABEL},.2f} ", style), (rule * half + "┼" + rule * half, style), (f" {name}", style)]
