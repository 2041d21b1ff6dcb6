"""Cutting a stream into blocks of whole records, so that a block can be parsed in one go."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .brackets import Brackets
from .forms import CONTAINER_START, Form, lists_in
from .splitter import (
    MALFORMED,
    MAX_RECORD,
    Segment,
    Split,
    Work,
    object_end,
    past_separators,
    split_lines,
    split_objects,
)
from .stream import BLOCK, SourceStream

#: How much may gather before the border is looked for in other spacings than the first one.
_PATIENCE = 1024 * 1024
_SEPARATORS = b" \t\r\n,"
_LEADING_SEPARATORS = re.compile(rb"[ \t\r\n,]*+")
#: A comma may be all there is on a line.
_BLANKS = b" \t\r\n"
_LEADING_BLANKS = re.compile(rb"[ \t\r\n]*+")
_OPENED_AGAIN = re.compile(rb"(?:\[|" + CONTAINER_START.pattern + rb")\s*+")
_END_OF_ARRAY = re.compile(rb"\s*\]\s*$")
#: At once, or behind more fields. A ``]`` alone is none: the file breaks off there.
_ENDS_OF_CONTAINER = (re.compile(rb"\s*\]\s*\}\s*$"), re.compile(rb'\s*\]\s*,\s*"[^{}]*\}\s*$'))


class Block(NamedTuple):
    """Records with separators between them; ``final`` when no more will come."""

    data: bytes
    offset: int
    final: bool


def pieces(records: bytes, form: Form, size: int) -> Iterator[tuple[int, bytes]]:
    """Cut a block's records into pieces of whole records, and say where each begins.

    The separators between the pieces belong to none. A cut may be wrong, as that of a block; then a piece does not
    parse.
    """
    brace = 0 if form.lines else 1
    between = b"\n" if form.lines else form.border[1 : form.border.index(b"{", 1)]
    start = 0
    while len(records) - start > size and (form.lines or b"," in between):
        cut = records.rfind(form.border, start, start + size)
        if cut < 0:
            break
        yield start, records[start : cut + brace]
        start = cut + brace + len(between)
    yield start, records[start:]


class _Rest(NamedTuple):
    """Bytes that are being split, and from where on they are to be; ``final`` when no more will come."""

    data: bytes
    at: int
    final: bool


class BlockCutter:
    """Cuts a source into blocks at what looks like a border between two records.

    A cut may be wrong (the border's text can stand within a record), so whoever parses a block either proves it good
    or splits it exactly with ``split``, which gives an unfinished rest back to the next block.
    """

    def __init__(self, stream: SourceStream, form: Form) -> None:
        self.form = form
        self._stream = stream
        self._carry = b""
        #: How much must gather before it is worth looking again at a record without an end.
        self._wanted = 0
        #: What may be spent on damage, and where in the file that was allowed.
        self._brackets = Brackets()
        self._work, self._work_from = Work(brackets=self._brackets), 0
        self._offset = form.offset + stream.skipped
        self._ended = False
        any_space = rb"\}\s*+(?:,\s*+)?(?=" + form.mark.pattern + rb")"
        self._loose_border = re.compile(rb"\n" if form.lines else any_space)
        #: Whether no ``]`` is wanted any more: the array was closed, or there is none.
        self.closed = not form.array
        #: Whether a ``]`` was met and what follows it is not known yet.
        self._past_end = False
        self.torn = ""
        self._in_container = form.name == "container"

    def __iter__(self) -> Iterator[Block]:
        while not self._ended:
            more = self._stream.read()
            if not more:
                self._ended = True
                break
            # What is given is put together in one go: to append first and cut then would copy all twice.
            if len(self._carry) + len(more) >= self._wanted and (cut := more.rfind(self.form.border) + 1):
                yield self._take(b"".join((self._carry, memoryview(more)[:cut])), more[cut:], final=False)
                continue
            # The carry has no border but where the end of one lies at its very end: search only the new bytes.
            known = max(0, len(self._carry) - len(self.form.border))
            self._carry += more
            if len(self._carry) < self._wanted:
                continue
            cut = self._carry.rfind(self.form.border, known) + 1
            if not cut and len(self._carry) > _PATIENCE:
                cut = max((found.start() + 1 for found in self._loose_border.finditer(self._carry)), default=0)
                # Without any border the exact splitter takes what is whole, so that not much can gather.
                cut = cut or len(self._carry)
            if cut:
                yield self._take(self._carry[:cut], self._carry[cut:], final=False)
        if self._carry.strip():
            yield self._take(self._carry, b"", final=True)
        if self._stream.torn:
            self.torn = self._stream.torn
        elif not self.closed and not self.torn:
            self.torn = f"the array has no end: the file breaks off at byte {self._offset}"

    def _take(self, data: bytes, carry: bytes, *, final: bool) -> Block:
        block = Block(data, self._offset, final)
        self._carry = carry
        self._offset += len(data)
        self._wanted = 0
        return block

    def records_only(self, block: Block) -> slice:
        """Say where the records of a block lie, and nothing around them; nowhere if its end needs an exact look."""
        data = block.data
        end = self._end_of_records(block)
        leading, trailing = (_LEADING_BLANKS, _BLANKS) if self.form.lines else (_LEADING_SEPARATORS, _SEPARATORS)
        begin = leading.match(data, 0, end).end()  # type: ignore[union-attr]  # it matches the empty text
        # As a rule nothing is there to be stripped, and nothing is copied.
        return slice(begin, max(begin, len(data[:end].rstrip(trailing))))

    def _end_of_records(self, block: Block) -> int:
        """Say where a block's records end, but for separators; 0 if it needs an exact look."""
        if self._past_end:
            return 0
        if not block.final or not self.form.array:
            return len(block.data)
        tail = block.data[-512:]
        for ending in _ENDS_OF_CONTAINER if self._in_container else (_END_OF_ARRAY,):
            if found := ending.search(tail):
                end = len(block.data) - len(tail) + found.start()
                return end if self._is_end(block.data, end) else 0
        return 0

    def _is_end(self, data: bytes, end: int) -> bool:
        """Say whether nothing is out of place behind the records of a container: what is must be among the rejects."""
        behind = data.index(b"]", end) + 1
        return not self._in_container or object_end(data, behind, Work(), b"{") == len(data.rstrip())

    def accept(self, block: Block) -> None:
        """Note that a block was proven to be whole records."""
        if block.final:
            self.closed = True

    def split_proven(self, block: Block) -> list[Segment]:
        """Split what was proven to be whole records with separators between them."""
        found = self._exact()(block.data, self.form.mark, 0, Work(), final=True)
        return self._placed(found.segments, block)

    def split(self, block: Block) -> list[Segment]:
        """Split a block exactly; segments' offsets count from the start of the file."""
        return self.split_some(block, 0, sys.maxsize)[0]

    def split_some(self, block: Block, at: int, until: int) -> tuple[list[Segment], Block | None]:
        """Split a block exactly from a place on, until something ends beyond another one; give the rest, if any."""
        split = self._exact()
        segments: list[Segment] = []
        rest, work = _Rest(block.data, at, block.final), self._work_at(block.offset + at)
        while True:
            if not self._past_end:
                self._brackets.place(rest.data, block.offset)
                found = split(rest.data, self.form.mark, rest.at, work, final=rest.final, until=until)
                segments += found.segments
                rest = rest._replace(at=found.stopped)
                if not found.closed and until <= rest.at < len(rest.data):
                    self._offset = block.offset + len(rest.data)
                    left = Block(rest.data[rest.at :], block.offset + rest.at, rest.final)
                    return self._placed(segments, block), left
                if not found.closed:
                    break
                if not self.form.array:
                    segments.append(Segment(rest.at, b"]", False))
                rest = rest._replace(at=rest.at + 1)
                self._past_end = self.closed = True
            damage, rest = self._after_the_end(rest, work)
            segments += damage
            if self._past_end:
                break
        self._give_back(rest, block.offset)
        return self._placed(segments, block), None

    def _work_at(self, offset: int) -> Work:
        """Give what may be spent on damage from a place on: as much again for each block's worth of the file."""
        if offset >= self._work_from + BLOCK:
            self._work, self._work_from = Work(brackets=self._brackets), offset
        return self._work

    def _placed(self, segments: list[Segment], block: Block) -> list[Segment]:
        """Count the offsets of a block's segments from the start of the file."""
        return [segment._replace(offset=segment.offset + block.offset) for segment in segments]

    def _exact(self) -> Callable[..., Split]:
        return split_lines if self.form.lines else split_objects

    def _give_back(self, rest: _Rest, offset: int) -> None:
        """Leave what is unfinished to the next block, or say that the file breaks off within it."""
        data, offset = rest.data[rest.at :], offset + rest.at
        if not rest.final:
            self._carry = data + self._carry
            self._offset = offset
            self._wanted = min(2 * len(data), MAX_RECORD)
        elif data.strip(_SEPARATORS):
            self.torn = f"the last record breaks off: it begins at byte {offset} and has no end"

    def _after_the_end(self, rest: _Rest, work: Work) -> tuple[list[Segment], _Rest]:
        """Look at what follows a ``]``: nothing, more records, or what is out of place.

        ``_past_end`` stays set at the end of the bytes, or if more of them must say what follows.
        """
        if self._in_container and not self._record_at(rest):
            rest = self._past_fields(rest, work)
            if not self._past_end:
                return [], rest
        data, at = rest.data, past_separators(rest.data, rest.at)
        rest = rest._replace(at=at)
        opened = _OPENED_AGAIN.match(data, at)
        if opened and data[opened.end() : opened.end() + 1] in (b"{", b"]"):
            # Two exports in one file, one after the other.
            self._past_end = self.closed = False
            self._in_container = b"{" in opened.group()
            return [], rest._replace(at=opened.end())
        found = self.form.mark.search(data, at)
        if not (found or rest.final) and len(data) - at < MAX_RECORD:
            return [], rest
        self._past_end = found is None
        end = found.start() if found else len(data)
        damage = data[at:end].rstrip(_SEPARATORS)
        return [Segment(at, damage, False)] if damage else [], rest._replace(at=end)

    def _record_at(self, rest: _Rest) -> bool:
        return self.form.mark.match(rest.data, past_separators(rest.data, rest.at)) is not None

    def _past_fields(self, rest: _Rest, work: Work) -> _Rest:
        """Pass over the fields after a container's records, up to its end or to another list of records."""
        while True:
            if (more := next(lists_in(rest.data, rest.at, 1), None)) is not None:
                self._past_end = self.closed = False
                return rest._replace(at=more)
            end = object_end(rest.data, rest.at, work, b"{")
            if end > 0:
                self._in_container = False
                return rest._replace(at=end)
            if end == MALFORMED or len(rest.data) - rest.at > MAX_RECORD:
                return rest
            if rest.final:
                self.torn = "the container has no end: the file breaks off"
                return rest._replace(at=len(rest.data))
            rest = self._with_more(rest)

    def _with_more(self, rest: _Rest) -> _Rest:
        """Read on: at first what was carried over, then twice as much each time."""
        data, self._carry = rest.data + self._carry, b""
        wanted = 2 * (len(rest.data) - rest.at)
        while len(data) - rest.at < wanted and not self._ended:
            more = self._stream.read()
            self._ended = not more
            data += more
        return _Rest(data, rest.at, self._ended)
