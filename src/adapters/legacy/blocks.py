"""Cutting a stream into blocks of whole records, so that a block can be parsed in one go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .forms import CONTAINER_START, Form, lists_in
from .splitter import MAX_RECORD, Segment, object_end, split_lines, split_objects
from .stream import SourceStream

#: Small enough to stay in the processor's cache while it is parsed and its shape is counted.
PIECE = 128 * 1024
#: How much may gather before the border is looked for in other spacings than the first one.
_PATIENCE = 1024 * 1024
_OPENED_AGAIN = re.compile(rb"[\s,]*(?:\[|" + CONTAINER_START.pattern + rb")\s*")
_END_OF_ARRAY = re.compile(rb"\s*\]\s*$")
_END_OF_CONTAINER = re.compile(rb"\s*\]\s*\}\s*$")
_END_OF_CONTAINER_WITH_MORE = re.compile(rb'\s*\]\s*,\s*"[^{]*\}\s*$')


class Block(NamedTuple):
    """Records with separators between them; ``final`` when no more will come."""

    data: bytes
    offset: int
    final: bool


def pieces(records: bytes, form: Form, size: int) -> Iterator[bytes]:
    """Cut a block's records into pieces of whole records, without the separators between the pieces.

    A cut may be wrong, as that of a block; then a piece does not parse.
    """
    brace = 0 if form.lines else 1
    between = b"\n" if form.lines else form.border[1 : form.border.index(b"{", 1)]
    start = 0
    while len(records) - start > size and (form.lines or b"," in between):
        cut = records.rfind(form.border, start, start + size)
        if cut < 0:
            break
        yield records[start : cut + brace]
        start = cut + brace + len(between)
    yield records[start:]


class BlockCutter:
    """Cuts a source into blocks at what looks like a border between two records.

    A cut may be wrong (the border's text can stand within a record), so whoever parses a block either proves it good
    or splits it exactly with ``split``, which gives an unfinished rest back to the next block.
    """

    def __init__(self, stream: SourceStream, form: Form) -> None:
        self.form = form
        self._stream = stream
        self._carry = form.body
        self._offset = form.offset + stream.skipped
        self._ended = form.ended
        any_space = rb"\}\s*+(?:,\s*+)?(?=" + form.mark.pattern + rb")"
        self._loose_border = re.compile(rb"\n" if form.lines else any_space)
        #: Where an array was closed; None while it is open.
        self.closed = not form.array
        self.torn = ""
        self._patience = _PATIENCE
        self._in_container = form.name == "container"

    def __iter__(self) -> Iterator[Block]:
        while not self._ended:
            more = self._stream.read()
            if not more:
                self._ended = True
                break
            # The carry has no border but where the end of one lies at its very end: search only the new bytes.
            known = max(0, len(self._carry) - len(self.form.border))
            self._carry += more
            cut = self._carry.rfind(self.form.border, known) + 1
            if not cut and len(self._carry) > self._patience:
                # Longer each time, or a carry without any border would be searched over and over.
                self._patience = min(2 * len(self._carry), MAX_RECORD)
                cut = max((found.start() + 1 for found in self._loose_border.finditer(self._carry)), default=0)
                cut = cut or (len(self._carry) if len(self._carry) > MAX_RECORD else 0)
            if cut:
                self._patience = _PATIENCE
                yield self._take(cut, final=False)
        if self._carry.strip():
            yield self._take(len(self._carry), final=True)
        if self._stream.torn:
            self.torn = self._stream.torn
        elif not self.closed and not self.torn:
            self.torn = f"the array has no end: the file breaks off at byte {self._offset}"

    def _take(self, size: int, *, final: bool) -> Block:
        block = Block(self._carry[:size], self._offset, final)
        self._carry = self._carry[size:]
        self._offset += size
        return block

    def records_only(self, block: Block) -> bytes | None:
        """Strip a block to records and separators; None if its end needs an exact look."""
        data = block.data
        if not block.final or not self.form.array:
            return data.strip(b" \t\r\n,")
        for ending in (_END_OF_ARRAY, _END_OF_CONTAINER, _END_OF_CONTAINER_WITH_MORE)[: 3 if self._in_container else 1]:
            tail = data[-512:]
            if found := ending.search(tail):
                return data[: len(data) - len(tail) + found.start()].strip(b" \t\r\n,")
        return None

    def accept(self, block: Block) -> None:
        """Note that a block was proven to be whole records."""
        if block.final:
            self.closed = True

    def split(self, block: Block) -> list[Segment]:
        """Split a block exactly; segments' offsets count from the start of the file."""
        split = split_lines if self.form.lines else split_objects
        segments: list[Segment] = []
        following: Block | None = block
        while following is not None:
            block, following = following, None
            found = split(block.data, self.form.mark, final=block.final)
            segments += [segment._replace(offset=segment.offset + block.offset) for segment in found.segments]
            rest, offset = block.data[found.stopped :], block.offset + found.stopped
            if found.closed:
                damage, following = self._after_the_end(rest, offset, final=block.final)
                segments += damage
            elif rest.strip(b" \t\r\n,") and block.final:
                self.torn = f"the last record breaks off: it begins at byte {offset} and has no end"
            elif rest and not block.final:
                self._carry = rest + self._carry
                self._offset -= len(rest)
        return segments

    def _after_the_end(self, rest: bytes, offset: int, *, final: bool) -> tuple[list[Segment], Block | None]:
        """Look at what follows the records from the ``]`` on: nothing, more records, or what is out of place."""
        damage = [] if self.form.array else [Segment(offset, rest[:1], False)]
        self.closed = True
        rest, offset = rest[1:], offset + 1
        if self._in_container and not self._record_at(rest):
            end, rest = self._end_of_container(rest)
            final = self._ended
            if more := lists_in(b"{" + rest):
                # A second list of records in the same container.
                self.closed = False
                self._carry = rest[more[0] - 1 :] + self._carry
                self._offset = offset + more[0] - 1
                return damage, self._take(len(self._carry), final=final)
            if end <= 0:
                self.torn = f"the container has no end: the file breaks off at byte {offset + len(rest)}"
                return damage, None
            rest, offset = rest[end:], offset + end
        if not rest.strip():
            return damage, None
        # Two exports in one file, one after the other.
        opened = _OPENED_AGAIN.match(rest)
        skipped = opened.end() if opened else 0
        if opened and not rest[skipped:].startswith((b"{", b"]")):
            opened, skipped = None, 0
        if not (opened or self._record_at(rest)):
            found = self.form.mark.search(rest)
            skipped = found.start() if found else len(rest)
            damage.append(Segment(offset + len(rest) - len(rest.lstrip()), rest[:skipped].strip(), False))
        self.closed = not opened
        if opened:
            self._in_container = b"{" in opened.group()
        self._carry = rest[skipped:] + self._carry
        self._offset = offset + skipped
        return damage, self._take(len(self._carry), final=final) if self._carry else None

    def _record_at(self, rest: bytes) -> bool:
        return self.form.mark.match(rest.lstrip(b" \t\r\n,")) is not None

    def _end_of_container(self, rest: bytes) -> tuple[int, bytes]:
        """Read on to the end of the fields after a container's records; give where it is, 0 or less if nowhere."""
        rest, self._carry = rest + self._carry, b""
        while True:
            end = object_end(b"{" + rest, 0) - 1
            if self._ended or len(rest) > MAX_RECORD or (end > 0 and rest[end:].strip()):
                return end, rest
            more = self._stream.read()
            self._ended = not more
            rest += more
