"""Which of the forms a source file has, told by its first structure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ....domain.envelope import GEX_MARKS
from ....domain.errors import SourceUnreadable
from .kinds import refuse_kind
from .splitter import DEFAULT_MARK, MAX_RECORD, Work, fields_of, object_end, record_mark
from .stream import SourceStream

_LIST_KEYS = "snapshots|records|data|payloads"
_CONTAINER = re.compile(rb'"(?:%s)"\s*:\s*\[' % _LIST_KEYS.encode())
CONTAINER_START = re.compile(rb'\{\s*"(?:%s)"\s*:\s*\[' % _LIST_KEYS.encode())
_OPENS_RECORDS = re.compile(rb"\[\s*+[{\]]")
#: White space after a first record, beyond which nobody waits for what follows to tell the form.
_GAP = 1024 * 1024
#: How far to look for records behind a list's first item that is none.
_LOOK = 64 * 1024
#: A line that begins like a record; less would be found in any binary file.
_RECORD_ON_A_LINE = re.compile(rb'\n\s*+\{\s*+"[^"\\{}\[\],:]{1,64}"\s*+:')
_SECOND = re.compile(rb"\s*+(?:,\s*+)?(?=\{)")


@dataclass(slots=True)
class Form:
    """How the records of a file lie.

    ``name`` is for people. ``lines`` says that a record ends with its line; ``array`` that a ``]`` must end the
    records; ``border`` is the text between two records up to the first key of the second. ``offset`` says where the
    first record lies in what was read.
    """

    name: str
    lines: bool
    array: bool
    border: bytes
    mark: re.Pattern[bytes]
    offset: int


def recognise(stream: SourceStream) -> Form:
    """Read the head of a file and tell its form; the stream goes on with the first record.

    Raises:
        SourceUnreadable: the file is empty, or holds nothing that looks like records.
    """
    head, start, ended = _past_space(stream, b"", 0, ended=False)
    # What is said of a file must not depend on where its first block ends.
    head, ended = _grow(stream, head, start + _LOOK) if not ended else (head, ended)
    if start == len(head):
        raise SourceUnreadable(stream.torn or "is empty: nothing was recorded, or a copy went wrong; fetch it again")
    if refusal := refuse_kind(head[start:]):
        raise SourceUnreadable(refusal)
    if head[start : start + 1] == b"[" and _tail_of_a_line(head, start):
        return _lines(stream, head, start, first=b"")
    if head[start : start + 1] == b"[":
        return _records(stream, "array", head, start + 1, ended=ended)
    if (found := CONTAINER_START.match(head, start)) and not _is_record(head, start):
        return _records(stream, "container", head, found.end(), ended=ended)
    if head[start : start + 1] == b"{":
        return _object_first(stream, head, start, ended=ended)
    if _RECORD_ON_A_LINE.search(head, start):
        # The first line is damage, but records follow on lines of their own.
        return _lines(stream, head, start, first=b"")
    words = head[start : start + 40].decode("utf-8", "replace").split("\n")[0]
    raise SourceUnreadable(f"is no JSON of snapshots: it begins with {words!r}; fetch it again, or take it away")


def _tail_of_a_line(head: bytes, start: int) -> bool:
    """Whether a file begins with the second half of a record, and records follow on lines of their own."""
    line, newline, following = head[start:].partition(b"\n")
    return bool(newline) and line.rstrip().endswith(b"}") and following.lstrip().startswith(b"{")


def _past_space(stream: SourceStream, data: bytes, at: int, *, ended: bool) -> tuple[bytes, int, bool]:
    """Read on until something else than white space stands at a place, and say where; space before it is dropped."""
    rest = data[at:].lstrip()
    while not rest and not ended:
        stream.skipped += len(data)
        data, ended = _grow(stream, b"", 1)
        rest = data.lstrip()
    return data, len(data) - len(rest), ended


def _grow(stream: SourceStream, data: bytes, at_least: int) -> tuple[bytes, bool]:
    """Read on until there are that many bytes; say whether the end was met."""
    while len(data) < at_least:
        block = stream.read()
        if not block:
            return data, True
        data += block
    return data, False


def _whole_first(stream: SourceStream, data: bytes, start: int, *, ended: bool) -> tuple[bytes, int, bool]:
    """Read on until the object at ``start`` is complete; give the bytes, its end (or 0, -1) and whether it ended."""
    end = object_end(data, start, Work())
    while end == 0 and not ended and len(data) - start < MAX_RECORD:
        data, ended = _grow(stream, data, min(2 * len(data), MAX_RECORD + start) + 1)
        end = object_end(data, start, Work())
    return data, end, ended


def _records(stream: SourceStream, name: str, data: bytes, start: int, *, ended: bool) -> Form:
    """Tell the form of a list of objects whose first byte after the bracket is at ``start``."""
    data, start, ended = _past_space(stream, data, start, ended=ended)
    if data[start : start + 1] not in (b"{", b"]", b""):
        data, ended = _grow(stream, data, start + _LOOK)
        if not DEFAULT_MARK.search(data, start):
            raise SourceUnreadable("is JSON, but not a list of snapshots; take it away, or mend it")
    data, end, ended = _whole_first(stream, data, start, ended=ended)
    first = data[start : max(end, start)]
    mark, border = record_mark(first), b"},{"
    if first and (gap := _SECOND.match(data, end)):
        mark = record_mark(first, data[gap.end() : gap.end() + 100])
        second = mark.match(data, gap.end())
        # From the closing brace to the end of the second record's first key: not to be found within a record.
        border = data[end - 1 : second.end() if second else gap.end() + 1]
    return _form(stream, data, start, Form(name, False, True, border, mark, start))


def _object_first(  # noqa: PLR0911  # one return per form reads best
    stream: SourceStream, data: bytes, start: int, *, ended: bool
) -> Form:
    """Tell the form of a file that begins with an object: one record, a container, or records one after the other."""
    newline = data.find(b"\n{", start)
    data, end, ended = _whole_first(stream, data, start, ended=ended)
    if end <= 0:
        if newline > 0 and (after := object_end(data, newline + 1, Work())) > 0:
            opened = _list_before(data[start : newline + 2], data[after:])
            if opened is None:
                return _lines(stream, data, start, first=b"")
        else:
            opened = _list_somewhere(data[start:])
        if opened is not None:
            return _records(stream, "container", data, start + opened, ended=ended)
        return _form(stream, data, start, Form("object", False, False, b"}\n{", DEFAULT_MARK, start))
    first = data[start:end]
    if (opened := _list_within(first)) is not None:
        return _records(stream, "container", data, start + opened, ended=ended)
    gap = data[end:].strip()
    while not gap and not ended and len(data) - end < _GAP:
        more, ended = _grow(stream, b"", 1)
        data, gap = data + more, more.strip()
    if not gap and ended:
        return _form(stream, data, start, Form("object", False, False, b"}\n{", record_mark(first), start))
    if b"\n" not in first and data[end:].lstrip(b" \t\r").startswith(b"\n"):
        return _lines(stream, data, start, first=first)
    second = _SECOND.match(data, end)
    border = data[end - 1 : second.end() + 1] if second else b"}{"
    return _form(stream, data, start, Form("objects", False, False, border, record_mark(first), start))


def _lines(stream: SourceStream, data: bytes, start: int, *, first: bytes) -> Form:
    name = "lines of envelopes" if first and b'"strikes"' in first and _is_envelope(first) else "lines"
    mark = record_mark(first) if first else DEFAULT_MARK
    return _form(stream, data, start, Form(name, True, False, b"\n", mark, start))


def _form(stream: SourceStream, data: bytes, start: int, form: Form) -> Form:
    stream.unread(data[start:])
    return form


def _list_within(first: bytes) -> int | None:
    """Where the records begin in an object that is a container with other fields before its list."""
    if _CONTAINER.search(first) is None or _is_record(first):
        return None
    return next(lists_in(first), None)


def _is_record(data: bytes, start: int = 0) -> bool:
    """Whether an object is a record itself, whatever lists it has, by its fields as far as they are there."""
    return any(name.decode("utf-8", "replace") in GEX_MARKS for name, _ in fields_of(data, start))


def _list_before(lines: bytes, following: bytes) -> int | None:
    """Where the records begin in the first lines of an object without its end, if it is a container with one a line.

    The lines go as far as the first brace on one of them; what follows the record of that brace decides, too: lines may
    also follow a container that breaks off.
    """
    goes_on = lines[:-1].rstrip().endswith((b"[", b",")) and following.lstrip()[:1] in b",]"
    return _list_within(lines) if goes_on else None


def _list_somewhere(text: bytes) -> int | None:
    """Where the records may begin in an object without its end: better in a field of its own than in one of another."""
    if (opened := _list_within(text[:_LOOK])) is not None:
        return opened
    found = _CONTAINER.search(text)
    return found.end() if found else None


def lists_in(data: bytes, start: int = 0, depth: int = 0) -> Iterator[int]:
    """Give where the records of each list of records begin in an object, in the order of the text."""
    names = {name.encode() for name in _LIST_KEYS.split("|")}
    for name, at in fields_of(data, start, depth):
        if name in names and _OPENS_RECORDS.match(data, at):
            yield at + 1


def _is_envelope(first: bytes) -> bool:
    try:
        return not any(mark in json.loads(first) for mark in GEX_MARKS)
    except (ValueError, RecursionError):
        return False
