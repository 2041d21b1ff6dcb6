"""What a file's name and folders say about its feed and day."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from ...domain.feed import CATEGORIES, PACKAGES, FeedName, parse_feed_name

_ENDINGS = re.compile(r"\.(json|jsonl|ndjson|gz)$", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")
#: Folders above the file that may name its package, category or day: <date>/<TICKER>/<package>/<category>.jsonl
_FOLDERS = 4
_WORDS = {*PACKAGES, *CATEGORIES, "zero", "one", "full", "orderflow"}


def stem(path: Path) -> str:
    """Give the file's name without its endings: ``.json.gz`` and the like."""
    name = path.name
    while (shorter := _ENDINGS.sub("", name)) != name:
        name = shorter
    return name


def feed_name(path: Path) -> FeedName:
    """Read package and category from the file's name, then from the folders above it, the nearest first."""
    name = parse_feed_name(stem(path))
    for folder in path.parent.parts[: -_FOLDERS - 1 : -1]:
        # A folder counts only as a whole word: a home folder called "state-of-mind" is no package.
        if folder.lower() in _WORDS:
            name = name.or_else(parse_feed_name(folder))
    return name


def day(path: Path) -> date | None:
    """Read the day from the file's name or the folders above it; a hint, the records decide."""
    for text in (stem(path), *path.parent.parts[: -_FOLDERS - 1 : -1]):
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
