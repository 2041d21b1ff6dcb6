"""Putting pictures on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .tables import console

if TYPE_CHECKING:
    from .day_picture import Line

#: What stands for the characters of the pictures where the encoding of stdout has none of them.
_PLAIN = str.maketrans("█▐▌▒…✗·│─═╌∙┤┬└┼←", "###%~x.|-=~.++++<") | dict.fromkeys(range(10240, 10496), "*")


def draw(lines: Iterable[Line]) -> None:
    """Draw the lines of a picture, each span in its style; what has no room in a line is left to the terminal."""
    from rich.text import Text

    out = console()
    for line in lines:
        drawn = [(text.translate(_PLAIN), style) for text, style in line] if out.options.ascii_only else line
        out.print(Text.assemble(*drawn), soft_wrap=True)
