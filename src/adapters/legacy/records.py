"""Reading the records of a file block by block: in bulk where that proves them good, else by the domain model."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ...application.columns.arrays import Flags, Ints
from ...application.columns.batch import SnapshotBatch
from ...application.columns.schemas import LADDER_SCHEMA, SOURCE_SCHEMA
from ...application.ports.source_reader import ReadOptions, SourceFile
from .columns import Columns
from .cutting.blocks import Block, BlockCutter, pieces
from .cutting.splitter import Segment
from .cutting.stream import SourceStream
from .decoding.decoder import Decoded, Decoder, Parsed
from .feed_of_file import FeedOfFile
from .fields import Fields
from .judged import ModelJudge
from .taken import Miscounted, Taken

#: The end of a line between two records. The brace after it is not taken: it may end the next line, too.
_BREAK = re.compile(rb"\}[ \t\r]*+\n[ \t\r]*+(?=\{)")
#: How many blocks without a record in doubt become columns together, so that what these cost beside their rows is paid
#: less often. Blocks are smaller: they stay in the processor's cache.
_TOGETHER = 16
#: So many pieces are not too many to be parsed once more, for a cut that may have been wrong.
_WHOLE = 4
#: In how many steps damage is approached within a piece.
_STEPS = 8
_NO_SNAPSHOTS = pa.RecordBatch.from_pylist([], schema=SOURCE_SCHEMA)
_NO_LADDERS = pa.RecordBatch.from_pylist([], schema=LADDER_SCHEMA)


class _Piece(NamedTuple):
    """Some whole records of a block, and what was made of them."""

    block: Block
    decoded: Decoded


class _Ready(NamedTuple):
    """What became of so many ``records``: columns, a number of skipped ones, and those for the model."""

    batch: SnapshotBatch | None
    skipped: int
    doubtful: list[tuple[int, Segment]]
    records: int


class RecordReader:
    """Turns the blocks of one file into batches, counting its records."""

    def __init__(
        self, file: SourceFile, options: ReadOptions, cutter: BlockCutter, decoder: Decoder, piece: int | None = None
    ) -> None:
        self._options, self._piece = options, piece or decoder.piece
        self._step = max(1, self._piece // _STEPS)
        self._cutter = cutter
        self._decoder = decoder
        self._feed = FeedOfFile(file, options)
        self._number = 0
        self._waiting: list[_Piece] = []
        self._blocks = self._bytes_done = 0
        self._model = ModelJudge(options, self._feed.fallback, self._feed.note_ticker)

    def batches(self, stream: SourceStream) -> Iterator[SnapshotBatch]:
        """Read all blocks of the stream that is being cut.

        Raises:
            OSError: the system refuses the file; what came before is given first.
            SourceUnreadable: there are far too many broken records, and hardly a good one; or none in a known form.
            UnsupportedFeed: all records of the file are of another feed.
            CategoryUnknown: nothing says which category the file is.
        """
        try:
            for block in self._cutter:
                yield from self._read(block, stream.bytes_done)
        except Exception:
            yield from self._rest()
            raise
        yield from self._rest()

    def _read(self, block: Block, bytes_done: int) -> Iterator[SnapshotBatch]:
        """Read one block: what is around damage in bulk, and what may be damage exactly."""
        rest: Block | None = block
        reach = 0
        while rest:
            proven, at = self._decoded(rest)
            if proven:
                yield from self._take(proven, bytes_done)
            if at is None:
                return
            # Damage that goes on and on is not looked at in ever so many small steps.
            reach = self._step if proven else max(2 * reach, self._step)
            until = at + reach if self._feed.is_gex else sys.maxsize
            yield from self._rest()
            segments, rest = self._cutter.split_some(rest, at, until)
            yield from self._told(self._split(segments), bytes_done)

    def _take(self, decoded: list[_Piece], bytes_done: int) -> Iterator[SnapshotBatch]:
        """Take proven pieces; if no record in them is in doubt, they may wait for the next ones."""
        if self._feed.is_gex and all(map(_proven, decoded)):
            if self._all_alike(self._waiting) and not self._all_alike(self._waiting + decoded):
                yield from self._rest()
            self._waiting += decoded
            self._blocks += 1
            self._bytes_done = bytes_done
            if self._blocks >= _TOGETHER:
                yield from self._rest()
            return
        yield from self._rest()
        yield from self._told(self._sorted(decoded), bytes_done)

    def _rest(self) -> Iterator[SnapshotBatch]:
        """Give the records that wait for others."""
        waiting, self._waiting, self._blocks = self._waiting, [], 0
        self._decoder.begin_batch()
        if waiting:
            yield from self._told(self._sorted(waiting), self._bytes_done)

    def _told(self, ready: _Ready, bytes_done: int) -> Iterator[SnapshotBatch]:
        """Give what became of some records, and count them."""
        batch, skipped, doubtful, records = ready
        first, self._number = self._number, self._number + records
        for name in batch.snapshots.column("ticker").unique().to_pylist() if batch else ():
            self._feed.note_ticker(name)
        if batch and not doubtful:
            yield SnapshotBatch(batch.snapshots, batch.ladders, skipped=skipped, bytes_done=bytes_done)
            return
        judged = self._model.batches([(first + n, segment) for n, segment in doubtful], bytes_done)
        yield _merged(next(judged), batch, skipped)
        yield from judged

    def end(self, form: str, bytes_done: int) -> SnapshotBatch:
        """Say how the file ended."""
        torn, warnings = self._cutter.torn, self._feed.warnings()
        return SnapshotBatch(_NO_SNAPSHOTS, _NO_LADDERS, bytes_done=bytes_done, form=form, torn=torn, warnings=warnings)

    def _decoded(self, block: Block) -> tuple[list[_Piece], int | None]:
        """Take apart what is proven to be whole records, and say where in the block that ends; None if it is all."""
        place = self._cutter.records_only(block)
        start = place.start
        if start == place.stop:
            return [], 0
        decoded, end = self._like_before(block, place) or self._decode(block.data[place], block.offset + start)
        if end is None:
            self._cutter.accept(block)
        elif not self._feed.is_gex:
            return [], 0  # what feed a file is of is told by all records of its first block
        self._feed.accept(piece.decoded for piece in decoded)
        # Before the first proven record all counts: a comma, too, may belong to the damage.
        return decoded, start + end if end else end

    def _like_before(self, block: Block, place: slice) -> tuple[list[_Piece], None] | None:
        """Take a block apart where it lies, if its records are like those before and nothing but space follows them."""
        if block.data[place.stop :].strip():
            return None
        decoded = self._decoder.decode_like_before(block.data, place.start, lines=self._cutter.form.lines)
        return ([_Piece(block, decoded)], None) if decoded else None

    def _decode(self, records: bytes, offset: int) -> tuple[list[_Piece], int | None]:
        """Decode a block piece by piece, or as a whole if one of the cuts between the pieces was wrong.

        Says where the first record may begin that is none, None if all are.
        """
        found, end = self._decode_pieces(records, offset, self._piece)
        if end is None:
            return found, None
        if self._piece < len(records) <= _WHOLE * self._piece and (whole := self._decode_piece(records)):
            return [_Piece(Block(records, offset, final=True), whole)], None
        more, near = self._decode_pieces(records[end : end + self._piece], offset + end, self._step)
        return (found, end) if near is None else (found + more, end + near)

    def _decode_pieces(self, records: bytes, offset: int, size: int) -> tuple[list[_Piece], int | None]:
        """Decode pieces up to the first one that is no JSON, and say where that begins."""
        found: list[_Piece] = []
        for at, piece in pieces(records, self._cutter.form, size):
            decoded = self._decode_piece(piece)
            if decoded is None:
                return found, at
            found.append(_Piece(Block(piece, offset + at, final=True), decoded))
        return found, None

    def _decode_piece(self, records: bytes) -> Decoded | None:
        """Decode records; None where lines and records do not match."""
        if not self._cutter.form.lines:
            return self._decoder.decode(records)
        breaks = records.count(b"\n")
        if records.count(b"}\n{") != breaks and len(_BREAK.findall(records)) != breaks:
            return None  # a line that is no object, or a blank one
        # The line end stays, so that one within a string is no JSON here either.
        decoded = self._decoder.decode(records.replace(b"\n", b",\n"))
        return decoded if decoded and len(decoded) == breaks + 1 else None

    def _all_alike(self, decoded: Sequence[_Piece]) -> bool:
        """Whether the records of some pieces are all of the usual kind, and of one layout."""
        layouts = [alike.layout if (alike := piece.decoded.alike) else None for piece in decoded]
        # Counting compares the same with the same at once, where a set would sum each of them up.
        same = bool(layouts) and layouts[0] is not None and layouts.count(layouts[0]) == len(layouts)
        return same and self._feed.fallback.category is not None

    def _together(self, decoded: Sequence[_Piece]) -> _Ready | None:
        """Make columns of records that are all of the usual kind; None if one is not good."""
        fields = Fields.of_alike([alike for piece in decoded if (alike := piece.decoded.alike)])
        columns = Columns(fields, np.arange(self._number, self._number + len(fields)), self._options.now)
        if not columns.good.all():
            return None
        batch, filtered = columns.batch(columns.good, self._feed.fallback, self._options.feeds)
        return _Ready(batch, filtered, [], len(fields))

    def _sorted(self, decoded: Sequence[_Piece]) -> _Ready:
        """Make columns of records of any kind, and name those for the model to judge."""
        if self._all_alike(decoded) and (ready := self._together(decoded)):
            return ready
        try:
            taken = Taken()
            for block, found in decoded:
                taken.add(block, found, self._cutter)
            if not self._feed.is_gex:
                self._feed.check([taken.words(n) for n in range(len(taken.decoded.records))])
            return self._sorted_out(taken)
        except Miscounted:
            return self._split([segment for block, _ in decoded for segment in self._cutter.split_proven(block)])

    def _split(self, segments: list[Segment]) -> _Ready:
        """Make columns of records that were split exactly, each taken apart by itself."""
        self._feed.check(segments)
        return self._sorted_out(Taken.one_by_one(segments, self._decoder))

    def _sorted_out(self, taken: Taken) -> _Ready:
        """Make columns of what is proven good, and name the records for the model to judge."""
        parsed, skipped = taken.decoded.records, len(taken.decoded.skipped)
        there = np.flatnonzero([p is not None for p in parsed])
        batch = None
        doubtful = set(range(len(parsed))) - set(taken.decoded.skipped) - set(there.tolist())
        if len(there):
            columns = Columns(Fields.of([p for p in parsed if p]), there + self._number, self._options.now)
            good = columns.good & self._category_known(parsed, there)
            batch, filtered = columns.batch(good, self._feed.fallback, self._options.feeds)
            skipped += filtered
            doubtful |= set(there[~good].tolist())
        return _Ready(batch, skipped, [(n, taken.words(n)) for n in sorted(doubtful)], len(parsed))

    def _category_known(self, parsed: list[Parsed | None], there: Ints) -> Flags:
        if self._feed.fallback.category:
            return np.ones(len(there), np.bool_)
        return np.array([p.name.category is not None for p in parsed if p])


def _proven(piece: _Piece) -> bool:
    """Whether every record of a piece was taken apart, or skipped."""
    found = piece.decoded
    return found.alike is not None or (found.regular and found.taken.count(None) == len(found.skipped))


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
