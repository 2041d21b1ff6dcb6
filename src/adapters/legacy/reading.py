"""Reading files of the legacy reader: what it loads only when there is something to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ...application.columns.batch import SnapshotBatch
from ...application.ports.source_reader import Gathered, ReadOptions, SourceFile
from ...domain.errors import SourceUnreadable
from .cutting.blocks import BlockCutter
from .cutting.forms import recognise
from .cutting.stream import BLOCK, SourceStream
from .decoding.decoder import Decoder
from .decoding.decoders import make_decoder
from .gathering import gather
from .records import RecordReader

_CHANGED = "it was changed while it was read, so import it again"


class Reading:
    """Reads files as ``LegacyReader`` was told to; see there."""

    def __init__(self, block: int | None, decoder: Callable[[], Decoder] | None, piece: int | None) -> None:
        self._block, self._decoder, self._piece = block or BLOCK, decoder or make_decoder, piece

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream a file's records in order, block by block."""
        with SourceStream(file.path, self._block, file.size) as stream:
            form = recognise(stream)
            cutter = BlockCutter(stream, form)
            reader = RecordReader(file, options, cutter, self._decoder(), self._piece)
            name = stream.form + form.name
            for batch in reader.batches(stream):
                yield replace(batch, form=name)
            end = replace(reader.end(name, stream.bytes_done), digest=stream.digest)
            yield replace(end, torn="; ".join(filter(None, (end.torn, _CHANGED)))) if stream.changed else end

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Read files of one usual record each as one block."""
        decoder = self._decoder()
        return gather(files, options, decoder, self._piece or decoder.piece)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
        """Give records word for word, by reading the file again up to the last of them."""
        with SourceStream(file.path, self._block) as stream:
            try:
                cutter = BlockCutter(stream, recognise(stream))
            except SourceUnreadable:
                return
            segments = (segment for block in cutter for segment in cutter.split(block))
            # A day file is large, and what is wanted may stand near its beginning.
            for number, segment in zip(range(max(records, default=-1) + 1), segments, strict=False):
                if number in records:
                    yield number, segment.raw
