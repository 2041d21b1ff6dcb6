"""Putting pictures on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from .picture import Line


def draw(lines: Iterable[Line], out: Console) -> None:
    """Draw the lines of a picture, each span in its style."""
    from rich.text import Text

    for line in lines:
        out.print(Text.assemble(*line), no_wrap=True, crop=True)
