"""How numbers, sizes, times and durations read in a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000.0
#: What a terminal obeys instead of showing it, and what ends a line.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def plain(text: str) -> str:
    r"""Write control characters, which a source or a path may hold, as escapes such as ``\x1b`` and ``\n``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def count(number: int) -> str:
    """Write a whole number with separators: 1,261,402."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Write how many there are of something: 1 file, 2 files."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def number(value: float | None) -> str:
    """Write a price or a sum with two decimals, nothing for None."""
    return "" if value is None else f"{value:z,.2f}"


def size(count_of_bytes: float) -> str:
    """Write a size in the largest unit that leaves a number above 1: 1.3 GB."""
    power = 0
    while count_of_bytes >= _STEP and power < len(_UNITS) - 1:
        count_of_bytes /= _STEP
        power += 1
    # Three digits are enough.
    decimals = 1 if power and count_of_bytes < _STEP / 10 else 0
    return f"{count_of_bytes:.{decimals}f} {_UNITS[power]}"


def duration(seconds: float) -> str:
    """Write a duration as a person says it: 4.2 s, 1 min 5 s, 2 h 10 min."""
    if seconds < 10:  # noqa: PLR2004  a fraction of a longer one says nothing
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole} s" if minutes else f"{whole} s"


def moment(when: datetime | None) -> str:
    """Write a moment in UTC, with fractions of a second only where there are some."""
    return "" if when is None else str(when.astimezone(UTC).replace(tzinfo=None)) + "Z"


def stamp(when: datetime) -> str:
    """Write a moment in UTC to the second, without saying so: for columns whose title does."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
