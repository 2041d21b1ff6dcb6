"""Whose records a file holds: that it is GEX is told by its records, what they leave open by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...application.ports.source_reader import ReadOptions, SourceFile
from ...domain.envelope import is_gex, unwrap
from ...domain.errors import CategoryUnknown, UnsupportedFeed
from ...domain.feed import FeedName
from ...domain.judge import parse_json
from ...domain.rejects import RuleBroken
from .cutting.splitter import Segment
from .decoding.decoder import NO_NAME, Decoded
from .names import ticker
from .search import find_gex

#: Names are kept only to be told.
_MOST_TICKERS = 1000


class FeedOfFile:
    """What is known so far about the feed of a file.

    Attributes:
        is_gex: whether a record was seen that no other feed has.
        fallback: the feed of records that do not name theirs.
    """

    def __init__(self, file: SourceFile, options: ReadOptions) -> None:
        self.is_gex = False
        self.fallback = options.fallback(file.hint)
        self._path, self._hint = file.path, file.hint
        self._named_ticker = ticker(file.path)
        self._tickers: set[str] = set()

    def note_ticker(self, name: str) -> None:
        """Hear of a ticker in the file."""
        if len(self._tickers) < _MOST_TICKERS or name == self._named_ticker:
            self._tickers.add(name)

    def warnings(self) -> tuple[str, ...]:
        """Say what is strange about it, when all has been read."""
        others = {name for name in self._tickers if name != self._named_ticker}
        if self._named_ticker and others and self._named_ticker not in self._tickers:
            found = ", ".join(sorted(others)[:5])
            return (f"its name says {self._named_ticker}, its records say {found}; imported as {found}",)
        return ()

    def accept(self, decoded: Iterable[Decoded]) -> None:
        """Take the file for GEX if a record of it could be taken apart: no other feed's could.

        Raises:
            CategoryUnknown: nothing says which category the file is.
        """
        if self.is_gex:
            return
        for found in decoded:
            name = NO_NAME if found.alike else next((p.name for p in found.taken if p is not None), None)
            if name is not None:
                self._found(name)
                return

    def check(self, segments: Sequence[Segment]) -> None:
        """Refuse a file of another feed, once, if it begins with such records and holds no others.

        Raises:
            CategoryUnknown: nothing says which category the file is.
            SourceUnreadable: it holds gamma exposure, but in a form that is not known.
            UnsupportedFeed: its records are those of another feed.
        """
        if self.is_gex:
            return
        feed = ""
        for segment in segments:
            try:
                record, _, name, skip = unwrap(parse_json(segment.raw))
            except RuleBroken:
                continue  # damage says nothing about the feed; a record after it does
            if not skip and is_gex(record):
                self._found(name)
                return
            feed = feed or self._told_by(record, name, skip=skip)
        if not feed:
            return
        # Where a block ends says nothing either: what is still to come may be snapshots.
        found = find_gex(self._path)
        if found is None:
            raise UnsupportedFeed(feed)
        self._found(found)

    def _told_by(self, record: Any, name: FeedName, *, skip: bool) -> str:
        """Say which other feed a record tells of; empty if it tells of none."""
        if name.other:
            return name.other
        keys = list(record)[:6] if isinstance(record, dict) and not skip else []
        if not keys:
            return ""
        return self._hint.other or f"of records with the fields {', '.join(keys)}"

    def _found(self, name: FeedName) -> None:
        if not name.or_else(self.fallback).category:
            raise CategoryUnknown
        self.is_gex = True
