"""What GEX is told by: the volume of the day, or open interest."""

from __future__ import annotations

#: The column of a ladder, and how the columns of a snapshot that go with it end.
BY = {"volume": ("gamma", "vol"), "interest": ("oi_gamma", "oi")}
TITLES = {"volume": "volume", "interest": "open interest"}


def known_by(by: str) -> str:
    """Give the name of what GEX is told by.

    Raises:
        ValueError: it is none.
    """
    if by not in list(BY):  # a list, which is no key, is no name either
        raise ValueError(f"by is {by!r:.40}; write {' or '.join(BY)}.")
    return by
