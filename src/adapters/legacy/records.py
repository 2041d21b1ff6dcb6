"""Reading the records of a file block by block: in bulk where that proves them good, else by the domain model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ...application.batch import SnapshotBatch
from ...application.ports.source_reader import ReadOptions, SourceFile
from ...application.schemas import LADDER_SCHEMA, SOURCE_SCHEMA
from ...domain.envelope import GEX_MARKS, unwrap
from ...domain.errors import CategoryUnknown, SourceUnreadable, UnsupportedFeed
from ...domain.feed import FeedName
from ...domain.judge import judge, parse_json
from ...domain.rejects import Reject, RejectReason, RuleBroken
from ...domain.snapshot import GexSnapshot
from ...domain.timestamps import from_micros, parse_timestamp
from .blocks import PIECE, Block, BlockCutter, pieces
from .columns import Columns
from .decoder import Decoded, Decoder, Parsed, is_regular
from .names import ticker
from .splitter import MAX_RECORD, Segment

#: The end of a line between two records. The brace after it is not taken: it may end the next line, too.
_BREAK = re.compile(rb"\}[ \t\r]*+\n[ \t\r]*+(?=\{)")
#: Models and rejects are objects; so many of them at once, and no more.
_JUDGED_AT_ONCE = 1000
#: So many broken records or so many bytes of them, and ten times as much as others, are no history but a flood that
#: fills the disk.
_MOST_BROKEN = 100_000
_MOST_BYTES = 256 * 1024 * 1024
_FEW_GOOD = 10
#: Names are kept only to be told.
_MOST_TICKERS = 1000
_NO_SNAPSHOTS = pa.RecordBatch.from_pylist([], schema=SOURCE_SCHEMA)
_NO_LADDERS = pa.RecordBatch.from_pylist([], schema=LADDER_SCHEMA)


class RecordReader:
    """Turns the blocks of one file into batches, counting its records."""

    def __init__(
        self, file: SourceFile, options: ReadOptions, cutter: BlockCutter, decoder: Decoder, piece: int = PIECE
    ) -> None:
        self._options, self._piece = options, piece
        self._cutter = cutter
        self._decoder = decoder
        self._hint = file.hint
        assumed = FeedName(None, options.assume_category)
        self._fallback = FeedName(file.hint.package, file.hint.category).or_else(assumed)
        self._named_ticker = ticker(file.path)
        self._tickers: set[str] = set()
        self._number = self._rejected = self._broken = 0
        self._is_gex = False

    def batches(self, block: Block, bytes_done: int) -> Iterator[SnapshotBatch]:
        """Read one block.

        Raises:
            SourceUnreadable: there are far too many broken records, and hardly a good one.
            UnsupportedFeed: the file begins with records of another feed.
            CategoryUnknown: nothing says which category the file is.
        """
        records = self._cutter.records_only(block)
        decoded = self._decode(records) if records else None
        if decoded is None or records is None:
            segments = self._cutter.split(block)
            self._check_feed(segments)
            yield from self._judged(segments, bytes_done)
            return
        self._cutter.accept(block)
        yield from self._bulk(block, records, decoded, bytes_done)

    def end(self, form: str, bytes_done: int) -> SnapshotBatch:
        """Say how the file ended."""
        warnings: tuple[str, ...] = ()
        others = {name for name in self._tickers if name != self._named_ticker}
        if self._named_ticker and others and self._named_ticker not in self._tickers:
            found = ", ".join(sorted(others)[:5])
            warnings = (f"its name says {self._named_ticker}, its records say {found}; imported as {found}",)
        return SnapshotBatch(
            _NO_SNAPSHOTS, _NO_LADDERS, bytes_done=bytes_done, form=form, torn=self._cutter.torn, warnings=warnings
        )

    def _decode(self, records: bytes) -> Decoded | None:
        """Decode a block piece by piece, or as a whole if one of the cuts between the pieces was wrong."""
        whole = Decoded()
        for piece in pieces(records, self._cutter.form, self._piece):
            decoded = self._decode_piece(piece)
            if decoded is None:
                return self._decode_piece(records) if len(piece) < len(records) else None
            whole.skipped += [n + len(whole.records) for n in decoded.skipped]
            whole.records += decoded.records
            whole.regular &= decoded.regular
        return whole

    def _decode_piece(self, records: bytes) -> Decoded | None:
        """Decode records; None where lines and records do not match."""
        if not self._cutter.form.lines:
            return self._decoder.decode(records)
        breaks = records.count(b"\n")
        if records.count(b"}\n{") != breaks and len(_BREAK.findall(records)) != breaks:
            return None  # a line that is no object, or a blank one
        # The line end stays, so that one within a string is no JSON here either.
        decoded = self._decoder.decode(records.replace(b"\n", b",\n"))
        return decoded if decoded and len(decoded.records) == breaks + 1 else None

    def _bulk(self, block: Block, records: bytes, decoded: Decoded, bytes_done: int) -> Iterator[SnapshotBatch]:
        """Take what is proven good in bulk, and let the model judge the others."""
        parsed = decoded.records
        self._accept_feed(parsed)
        segments: list[Segment] | None = None
        if not self._is_gex or not decoded.regular or len(decoded.skipped) < sum(p is None for p in parsed):
            segments = self._cutter.split(block)
            self._check_feed(segments)
            if len(segments) != len(parsed):
                yield from self._judged(segments, bytes_done)
                return
            parsed = [_proven(p, segment) for p, segment in zip(parsed, segments, strict=True)]
        there = np.flatnonzero([p is not None for p in parsed])
        batch, skipped = None, len(decoded.skipped)
        doubtful = set(range(len(parsed))) - set(decoded.skipped) - set(there.tolist())
        if len(there):
            columns = Columns([p for p in parsed if p], there + self._number, self._options.now)
            good = columns.good & self._category_known(parsed, there)
            batch, filtered = columns.batch(good, self._fallback, self._options.feeds)
            skipped += filtered
            doubtful |= set(there[~good].tolist())
        if batch and not doubtful:
            self._note(batch, len(parsed))
            yield SnapshotBatch(batch.snapshots, batch.ladders, skipped=skipped, bytes_done=bytes_done)
            return
        if segments is None:
            segments = self._cutter.split(block)
        if batch:
            self._note(batch, 0)
        judged = self._judged(segments, bytes_done, only=doubtful)
        yield _merged(next(judged), batch, skipped)
        yield from judged

    def _note(self, batch: SnapshotBatch, records: int) -> None:
        for name in batch.snapshots.column("ticker").unique().to_pylist():
            self._note_ticker(name)
        self._number += records

    def _note_ticker(self, name: str) -> None:
        if len(self._tickers) < _MOST_TICKERS or name == self._named_ticker:
            self._tickers.add(name)

    def _category_known(self, parsed: list[Parsed | None], there: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        if self._fallback.category:
            return np.ones(len(there), np.bool_)
        return np.array([p.name.category is not None for p in parsed if p])

    def _accept_feed(self, parsed: list[Parsed | None]) -> None:
        """Take a file for GEX when a record of it could be taken apart: no other feed's could."""
        found = next((p for p in parsed if p is not None), None)
        if not self._is_gex and found is not None:
            if not found.name.or_else(self._fallback).category:
                raise CategoryUnknown
            self._is_gex = True

    def _check_feed(self, segments: list[Segment]) -> None:
        """Refuse a file of another feed, once, by its first records."""
        if self._is_gex:
            return
        other, keys, category = "", "", False
        for segment in segments:
            try:
                record, _, name, skip = unwrap(parse_json(segment.raw))
            except RuleBroken:
                continue  # damage says nothing about the feed; a record after it does
            if not skip and isinstance(record, dict) and any(mark in record for mark in GEX_MARKS):
                category = bool(name.or_else(self._fallback).category)
                if not category:
                    raise CategoryUnknown
                self._is_gex = True
                return
            other = other or name.other or ""
            if not skip and isinstance(record, dict):
                keys = keys or ", ".join(list(record)[:6])
        if other or keys:
            raise UnsupportedFeed(other or self._hint.other or f"of records with the fields {keys}")

    def _judged(
        self, segments: list[Segment], bytes_done: int, only: set[int] | None = None
    ) -> Iterator[SnapshotBatch]:
        """Let the domain model judge records one by one; give one batch at least, and none of many objects."""
        first, self._number = self._number, self._number + len(segments)
        chosen = list(range(len(segments))) if only is None else sorted(only)
        for at in range(0, max(1, len(chosen)), _JUDGED_AT_ONCE):
            numbers = chosen[at : at + _JUDGED_AT_ONCE]
            batch = self._judge_some([(first + n, segments[n]) for n in numbers])
            yield replace(batch, bytes_done=bytes_done)
            if numbers and batch.rejects:
                self._refuse_flood(batch.rejects, first + numbers[-1] + 1, segments[numbers[-1]])

    def _refuse_flood(self, rejects: tuple[Reject, ...], records: int, last: Segment) -> None:
        """Go on unless far more was broken than not, of the records or of the bytes so far."""
        self._rejected += len(rejects)
        self._broken += sum(len(reject.raw) for reject in rejects)
        good_bytes = last.offset + len(last.raw) - self._broken
        if self._rejected > max(_MOST_BROKEN, _FEW_GOOD * (records - self._rejected)) or self._broken > max(
            _MOST_BYTES, _FEW_GOOD * good_bytes
        ):
            raise SourceUnreadable(
                f"holds {self._rejected:,} broken records already and hardly a good one, so it is read no further; "
                "see what they are with 'gexlake rejects list'"
            )

    def _judge_some(self, segments: list[tuple[int, Segment]]) -> SnapshotBatch:
        snapshots: list[GexSnapshot] = []
        numbers: list[int] = []
        rejects: list[Reject] = []
        skipped = 0
        for number, segment in segments:
            try:
                snapshot = self._judge(segment)
            except RuleBroken as broken:
                rejects.append(_reject(segment, number, broken))
                continue
            if snapshot is None or not self._options.feeds.admits(snapshot.feed):
                skipped += 1
                continue
            self._note_ticker(snapshot.ticker)
            snapshots.append(snapshot)
            numbers.append(number)
        return SnapshotBatch.of(snapshots, numbers, rejects=tuple(rejects), skipped=skipped)

    def _judge(self, segment: Segment) -> GexSnapshot | None:
        """Judge one record; None when it is another kind of record."""
        if len(segment.raw) > MAX_RECORD:
            raise RuleBroken(RejectReason.TOO_LARGE, f"is {len(segment.raw):,} bytes long; no snapshot is")
        record, envelope, named, skip = unwrap(parse_json(segment.raw))
        if skip:
            return None
        name = named.or_else(self._fallback)
        if not name.category:
            raise RuleBroken(RejectReason.FIELD_MISSING, "nothing names its category; import with --assume-category")
        return judge(
            record,
            package=name.package or "classic",
            category=name.category,
            now=self._options.now,
            envelope=envelope,
        )


def _proven(parsed: Parsed | None, segment: Segment) -> Parsed | None:
    """Keep a record whose own shape is regular."""
    if parsed is None or not segment.whole or not is_regular(segment.raw, Decoded([parsed])):
        return None
    return parsed


def _reject(segment: Segment, number: int, broken: RuleBroken) -> Reject:
    named: dict[str, Any] = {}
    try:
        record = unwrap(parse_json(segment.raw)).record
        if isinstance(record, dict):
            if isinstance(record.get("ticker"), str):
                named["ticker"] = record["ticker"]
            named["timestamp"] = from_micros(parse_timestamp(record.get("timestamp")))
    except (RuleBroken, ValueError, OverflowError):
        pass  # then the reject has no identity, but still its place and its words
    return Reject(
        reason=broken.reason,
        detail=broken.detail,
        record=number,
        byte_offset=segment.offset,
        raw=segment.raw,
        **named,
    )


def _merged(judged: SnapshotBatch, bulk: SnapshotBatch | None, skipped: int) -> SnapshotBatch:
    """Put the records of a block that went two ways back into one batch."""
    snapshots, ladders = judged.snapshots, judged.ladders
    if bulk is not None:
        snapshots = pa.concat_batches([bulk.snapshots, snapshots])
        ladders = pa.concat_batches([bulk.ladders, ladders])
    return SnapshotBatch(
        snapshots,
        ladders,
        rejects=judged.rejects,
        skipped=judged.skipped + skipped,
        bytes_done=judged.bytes_done,
    )
