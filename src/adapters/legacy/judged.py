"""Judging records one by one by the domain model: slow, and the last word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from ...application.columns.batch import SnapshotBatch
from ...application.ports.source_reader import ReadOptions
from ...domain.envelope import unwrap
from ...domain.errors import SourceUnreadable
from ...domain.feed import FeedName
from ...domain.judge import judge_unwrapped, parse_json
from ...domain.rejects import Reject, RejectReason, RuleBroken
from ...domain.snapshot import GexSnapshot
from ..judged_batch import judged_batch
from .cutting.splitter import MAX_RECORD, Segment

#: Models and rejects are objects; so many of them at once, and no more.
_JUDGED_AT_ONCE = 1000
#: So many broken records or so many bytes of them, and ten times as much as others, are no history but a flood that
#: fills the disk.
_MOST_BROKEN = 100_000
_MOST_BYTES = 256 * 1024 * 1024
_FEW_GOOD = 10
#: So many bytes in pieces of such a size are one thing without an end, whatever good records lie around it.
_LARGE = MAX_RECORD // 2
_MOST_TOO_LARGE = 64 * 1024 * 1024


class ModelJudge:
    """Judges records of one file.

    ``fallback`` names the feed of records that do not name theirs, ``note`` is told the tickers of the good ones.
    """

    def __init__(self, options: ReadOptions, fallback: FeedName, note: Callable[[str], None]) -> None:
        self._options, self._fallback, self._note = options, fallback, note
        self._rejected = self._broken = self._too_large = 0

    def batches(self, records: Sequence[tuple[int, Segment]], bytes_done: int) -> Iterator[SnapshotBatch]:
        """Judge records, which come with their numbers; give one batch at least, and none of many objects.

        Raises:
            SourceUnreadable: there are far too many broken records, and hardly a good one; or one without an end.
        """
        for at in range(0, max(1, len(records)), _JUDGED_AT_ONCE):
            some = records[at : at + _JUDGED_AT_ONCE]
            batch = judged_batch(some, self._judge, self._options.feeds, bytes_done=bytes_done)
            for name in batch.snapshots.column("ticker").unique().to_pylist():
                self._note(name)
            yield batch
            if batch.rejects:
                number, segment = some[-1]
                self._refuse_flood(batch.rejects, number + 1, segment)

    def _refuse_flood(self, rejects: tuple[Reject, ...], records: int, last: Segment) -> None:
        """Go on unless far more was broken than not, of the records or of the bytes so far."""
        self._rejected += len(rejects)
        self._broken += sum(len(reject.raw) for reject in rejects)
        self._too_large += sum(len(reject.raw) for reject in rejects if len(reject.raw) >= _LARGE)
        if self._too_large > _MOST_TOO_LARGE:
            raise SourceUnreadable(
                f"holds more than {_MOST_TOO_LARGE >> 20} MiB of what no snapshot can be, such as a text without an "
                "end, so it is read no further; see how it begins with 'gexlake rejects list', and fetch it again"
            )
        good_bytes = last.offset + len(last.raw) - self._broken
        if self._rejected > max(_MOST_BROKEN, _FEW_GOOD * (records - self._rejected)) or self._broken > max(
            _MOST_BYTES, _FEW_GOOD * good_bytes
        ):
            raise SourceUnreadable(
                f"holds {self._rejected:,} broken records already and hardly a good one, so it is read no further; "
                "see what they are with 'gexlake rejects list'"
            )

    def _judge(self, number: int, segment: Segment) -> GexSnapshot | Reject | None:
        """Judge one record; None when it is another kind of record."""
        if len(segment.raw) > MAX_RECORD:
            return _too_large(number, segment)
        fields = None  # one that cannot be read has no identity
        try:
            found = unwrap(parse_json(segment.raw))
            fields = found.record
            return None if found.skip else judge_unwrapped(found, self._fallback, self._options.now)
        except RuleBroken as broken:
            return Reject.of(broken, fields, record=number, byte_offset=segment.offset, raw=segment.raw)


def _too_large(number: int, segment: Segment) -> Reject:
    fields = None
    with suppress(RuleBroken):
        fields = unwrap(parse_json(segment.raw)).record
    broken = RuleBroken(RejectReason.TOO_LARGE, f"is {len(segment.raw):,} bytes long; no snapshot is")
    return Reject.of(broken, fields, record=number, byte_offset=segment.offset, raw=segment.raw)
