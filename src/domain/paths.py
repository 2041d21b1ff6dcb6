"""What a path says about the feed of the records in a file."""

from __future__ import annotations

import re
from pathlib import PurePath

from .feed import CATEGORIES, PACKAGES, FeedName, parse_feed_name

_ENDINGS = re.compile(r"(?:\.(?:json|jsonl|ndjson|gz|zst|xz|bz2|lz4|zip|7z))+$", re.IGNORECASE)
_JSON = re.compile(r"\.(?:json|jsonl|ndjson)(?:\.|$)", re.IGNORECASE)
#: The ending of a file of another kind, which only a plugin's reader reads. What has more in it may be of the name.
_OTHER_ENDING = re.compile(r"\.[^\W_]+$")
#: Folders above the file that may name its package, category or day: <date>/<TICKER>/<package>/<category>.jsonl
_FOLDERS = 4
_WORDS = {*PACKAGES, *CATEGORIES, "zero", "one", "full", "orderflow"}


def stem(path: PurePath) -> str:
    """Give the file's name without its endings: ``.json.gz`` and the like. A ticker's dot ends nothing (``BRK.B``)."""
    return _ENDINGS.sub("", path.name)


def near_folders(path: PurePath) -> tuple[str, ...]:
    """Give the names of the folders above the file that may say something about it, the nearest first."""
    return path.parent.parts[: -_FOLDERS - 1 : -1]


def feed_of_path(path: PurePath) -> FeedName:
    """Read package and category from the file's name, then from the folders above it, the nearest first.

    >>> feed_of_path(PurePath("2025-10-06/BRK.B/state/gex_zero.jsonl.gz"))
    FeedName(package='state', category='gex_zero', other=None)
    """
    text = stem(path)
    name = parse_feed_name(text if _JSON.search(path.name) else _OTHER_ENDING.sub("", text))
    for folder in near_folders(path):
        # A folder counts only as a whole word: a home folder called "state-of-mind" is no package.
        if folder.lower() in _WORDS:
            name = name.or_else(parse_feed_name(folder))
    return name
