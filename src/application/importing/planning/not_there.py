"""What an import was asked for and its source does not have: it may be misspelt, so its user is told what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ....domain.errors import MOST_NAMED
from ....domain.feed import Feed
from ....domain.sentences import a_few
from ...ports.source_reader import FeedFilter, ReadOptions, SourceFile, SourceReader
from .scan_source import look

#: Recorders name files by feed and day, so that of those whose names differ in digits only the last stands for all.
_DIGITS = re.compile(r"\d+")
_MOST_LOOKED_AT = 100


def names_not_there(asked: FeedFilter, found: Iterable[str]) -> str:
    """Name what was asked for and is in none of the feeds that were found; empty if everything is."""
    feeds = [feed for name in found if asked.admits(feed := Feed.of(name))]
    if not feeds and asked:
        return f"a feed that was asked for ({'; '.join(names for names in str(asked).split('; ') if names)})"
    there = {name for feed in feeds for name in feed}
    return ", ".join(sorted((asked.tickers | asked.packages | asked.categories) - there))


def tell_not_there(
    names: str, source: str, reader: SourceReader, files: Sequence[SourceFile], options: ReadOptions
) -> str:
    """Say that a source has no snapshot of some names, what it has instead, and what to do."""
    feeds = {feed for file in _one_of_each(files) for feed in look(reader, file, options).feeds}
    there_is = f"; its files begin with {a_few(sorted(feeds), MOST_NAMED)}" if feeds else ""
    return f"no snapshot in {source} is of {names}{there_is}: check the spelling of --ticker, --package and --category"


def _one_of_each(files: Sequence[SourceFile]) -> Iterator[SourceFile]:
    """Give the last file of each kind of name."""
    kinds = {_DIGITS.sub("", file.display): file for file in files}
    return islice(kinds.values(), _MOST_LOOKED_AT)
