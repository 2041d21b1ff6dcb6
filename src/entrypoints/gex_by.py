"""What GEX is told by: the volume of the day, or open interest."""

from __future__ import annotations

#: The column of a ladder, and how the columns of a snapshot that go with it end.
BY = {"volume": ("gamma", "vol"), "interest": ("oi_gamma", "oi")}
TITLES = {"volume": "volume", "interest": "open interest"}
