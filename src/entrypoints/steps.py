"""Steps of time as they are written: ``30s``, ``5m``, ``1h``, ``1d``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

STEP = r"^[1-9][0-9]{0,4}[smhd]$"
#: What follows a longer one may lie beyond all dates.
LONGEST = timedelta(days=99_999)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_step(text: Any) -> timedelta:
    """Read a step.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(STEP, str(text)):
        raise ValueError("is no step of time; write 30s, 1m, 5m, 15m, 1h or 1d")
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
