"""Snapshots that lost a conflict: the lake keeps them as rejects, and what repeated them was counted as a repeat."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from ...domain.envelope import unwrap
from ...domain.identity import Likeness, compare
from ...domain.judge import judge, parse_json
from ...domain.rejects import RejectReason, RuleBroken
from ...domain.snapshot import GexSnapshot
from ..ports.lineage_store import LineageStore


class LostConflicts:
    """Finds the rejects that lost a conflict by what they say; looked up when they are first asked for."""

    def __init__(self, lineage: LineageStore, now: datetime) -> None:
        self._lineage, self._now = lineage, now
        self._numbers: dict[tuple[str | None, datetime | None], list[int]] | None = None

    def hold(self, snapshot: GexSnapshot) -> bool:
        """Whether one of them is this snapshot, or a rounding twin of it."""
        if self._numbers is None:
            self._numbers = defaultdict(list)
            for stored in self._lineage.rejects(reason=RejectReason.CONFLICT):
                self._numbers[stored.reject.ticker, stored.reject.timestamp].append(stored.reject_id)
        numbers = self._numbers.get((snapshot.ticker, snapshot.timestamp), ())
        return any(self._is(number, snapshot) for number in numbers)

    def _is(self, number: int, snapshot: GexSnapshot) -> bool:
        stored = self._lineage.reject(number)
        if stored is None:
            return False
        try:
            record = unwrap(parse_json(stored.reject.raw)).record
            lost = judge(record, package=snapshot.package, category=snapshot.category, now=self._now)
        except RuleBroken:
            return False
        return compare(lost, snapshot) is not Likeness.CONFLICT
