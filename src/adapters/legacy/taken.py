"""What was taken apart of a block, piece by piece, and the words of the records that only the model can judge."""

from __future__ import annotations

from .cutting.blocks import Block, BlockCutter
from .cutting.splitter import MAX_RECORD, Segment
from .decoding.decoder import Decoded, Decoder, Parsed, is_regular


class Miscounted(Exception):
    """The exact splitter finds other records than the decoder: one of them is nested too deeply, say."""


class Taken:
    """The records of a block; only the pieces in which one is in doubt are split exactly.

    ``decoded`` holds those that are proven.
    """

    def __init__(self) -> None:
        self.decoded = Decoded()
        self._pieces: list[tuple[int, int, BlockCutter, Block]] = []
        self._segments: dict[int, Segment] = {}

    @classmethod
    def one_by_one(cls, segments: list[Segment], decoder: Decoder) -> Taken:
        """Take records apart each by itself: damage beside one does not matter to it."""
        taken = cls()
        for number, segment in enumerate(segments):
            alone = decoder.decode(segment.raw) if segment.whole and len(segment.raw) <= MAX_RECORD else None
            proven = alone is not None and alone.regular and len(alone.records) == 1
            taken.decoded.records.append(alone.records[0] if alone and proven else None)
            taken.decoded.skipped += [number] * len(alone.skipped) if alone else []
            taken._segments[number] = segment
        return taken

    def add(self, piece: Block, decoded: Decoded, cutter: BlockCutter) -> None:
        """Add a piece that was proven to be whole records with separators between them.

        Raises:
            Miscounted: it is to be looked at more closely, and the splitter finds other records.
        """
        first, count = len(self.decoded.records), len(decoded.records)
        self._pieces.append((first, count, cutter, piece))
        self.decoded.skipped += [first + n for n in decoded.skipped]
        self.decoded.records.extend(decoded.records)
        for number in range(first, first + count) if not decoded.regular else ():
            self.decoded.records[number] = _proven(self.decoded.records[number], self.words(number))

    def words(self, number: int) -> Segment:
        """Give a record word for word.

        Raises:
            Miscounted: the splitter finds other records.
        """
        if number not in self._segments:
            first, count, cutter, piece = next(piece for piece in reversed(self._pieces) if piece[0] <= number)
            found = cutter.split_proven(piece)
            if len(found) != count:
                raise Miscounted
            self._segments.update(enumerate(found, first))
        return self._segments[number]


def _proven(parsed: Parsed | None, segment: Segment) -> Parsed | None:
    """Keep a record whose own shape is regular."""
    if parsed is None or not segment.whole or not is_regular(segment.raw, Decoded([parsed])):
        return None
    return parsed
