"""A picture of a day as programs get it: its text, which a notebook shows as what it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ...domain.feed import Feed


@dataclass(frozen=True, slots=True)
class PictureOfDay:
    """A trading day of a feed, drawn; ``svg`` is the picture as text."""

    feed: Feed
    day: date
    svg: str = field(repr=False)

    def _repr_svg_(self) -> str:  # what Jupyter asks for
        return self.svg
