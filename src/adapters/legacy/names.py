"""What a file's name and folders say about its day and ticker."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from ...domain.paths import near_folders, stem

_DAY = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


def day(path: Path) -> date | None:
    """Read the day from the file's name or the folders above it; a hint, the records decide."""
    for text in (stem(path), *near_folders(path)):
        if found := _DAY.search(text):
            try:
                return date(*(int(number) for number in found.groups()))
            except ValueError:
                continue
    return None


_TICKER = re.compile(
    r"^(?:20\d\d-\d\d-\d\d_)?(?P<ticker>[A-Za-z0-9_.^$-]+?)_(?:(?:classic|state)_)?(?:gex_)?(?:zero|one|full)(?:_\d+)*$"
)


def ticker(path: Path) -> str | None:
    """Read the ticker from a day file's or the older bridge's name; None where the name has none."""
    found = _TICKER.match(stem(path))
    name = re.sub(r"(_|^)(classic|state|gex)$", "", found["ticker"]) if found else ""
    return name or None
