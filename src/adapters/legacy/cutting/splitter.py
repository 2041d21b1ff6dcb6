"""Splitting bytes into records exactly: by balanced brackets outside of strings, resuming after damage.

Slower than cutting at a border and letting the parser prove the cut, so it serves where that fails, and at the ends.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from .brackets import Brackets

#: No snapshot comes near this size; more without an end is damage, and must not fill the memory.
MAX_RECORD = 2 * 1024 * 1024

# A string as a whole; an array of numbers, or of such arrays, as a whole (a ladder's row is one); a quote whose string
# has no end here; or a bracket.
# Possessive (*+) or atomic (?>) throughout: what follows never needs what was taken, and damage must not make a search
# quadratic. Groups are atomic, for Python before 3.11.5 matches possessive ones wrongly (CPython's gh-106052).
_PLAIN = rb"[^\[\]{}\"]*+"
_STRING = rb'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"'
_ROW = rb"\[" + _PLAIN + rb"(?>(?:\[" + _PLAIN + rb"\]" + _PLAIN + rb")*)\]"
_TOKEN = re.compile(_STRING + b"|" + _ROW + rb'|["{}\[\]]', re.DOTALL)
# All up to the next bracket that counts and with it, or up to a quote without a second one: a ladder is passed over.
_LADDER = rb"\[" + _PLAIN + rb"(?>(?:" + _ROW + _PLAIN + rb")*)\]"
_TO_BRACKET = re.compile(rb'(?>(?:[^\[\]{}"]++|' + _STRING + b"|" + _LADDER + rb')*)["{}\[\]]', re.DOTALL)
_SPACE = re.compile(rb"\s*+")
_SEPARATORS = re.compile(rb"[\s,]*+")
# A name with brackets or commas in it is none, but a quote astray.
_FIRST_KEY = re.compile(rb'\{\s*+"([^"\\{}\[\],:]{1,64})"\s*+:')
_OPENS_VALUE = re.compile(rb":\s*\[?\s*$")
_COLON = re.compile(rb"\s*:\s*")
_CLOSES = {ord("}"): ord("{"), ord("]"): ord("[")}
#: What records begin with when none has been seen yet.
DEFAULT_MARK = re.compile(rb'\{\s*+"(?:timestamp|recorded_at)"')

#: Brackets open at once, beyond which it is damage: records torn one in the other, each of which opens some more.
_MAX_OPEN = 128

INCOMPLETE = 0
MALFORMED = -1
#: What more bytes must tell.
_UNDECIDED = -1
#: So many bytes without a bracket that counts are as much work as one.
_AT_ONCE = 64
#: What goes on for so long without an end probably has none.
_LONG = 16 * 1024
#: More than what a record begins with.
_LOOK_AHEAD = 128


class Work:
    """How many brackets and strings may still be looked at for the sake of one block.

    Damage can be made so that each of very many beginnings of a record has to be followed far. What is left when the
    work is used up is damage too, cut where records begin.
    """

    def __init__(self, left: int = 4_000_000, brackets: Brackets | None = None) -> None:
        self.left = left
        self.brackets = brackets or Brackets()


class Segment(NamedTuple):
    """A stretch of a source: a record, or (``whole`` false) bytes between records that are none."""

    offset: int
    raw: bytes
    whole: bool = True


class Split(NamedTuple):
    """Records found, where the search stopped, and whether it stopped at the ``]`` that ends the array."""

    segments: list[Segment]
    stopped: int
    closed: bool


def record_mark(*firsts: bytes) -> re.Pattern[bytes]:
    """Give what the records of a file begin with: a brace and the first key of one of its first records."""
    keys = {re.escape(found.group(1)) for first in firsts if (found := _FIRST_KEY.match(first))}
    return re.compile(rb'\{\s*+"(?:' + b"|".join(sorted(keys)) + rb')"') if keys else DEFAULT_MARK


def object_end(data: bytes, start: int, work: Work, opened: bytes = b"") -> int:
    """Give where the object that begins at ``start`` ends, or ``INCOMPLETE`` or ``MALFORMED``.

    With ``opened`` the object's brace, say, lies before ``start``.
    """
    open_brackets = bytearray(opened)
    long = start + _LONG
    while found := _TO_BRACKET.match(data, start):
        end = found.end()
        work.left -= 1 + (end - start) // _AT_ONCE
        start, kind = end, data[end - 1]
        if kind == ord('"'):
            return INCOMPLETE
        if kind in b"{[":
            open_brackets.append(kind)
        elif not open_brackets or open_brackets.pop() != _CLOSES[kind]:
            return MALFORMED
        elif not open_brackets:
            return end
        if len(open_brackets) > _MAX_OPEN or work.left < 0:
            return MALFORMED
        if end > long:
            long = len(data)
            if (told := _told_by_brackets(data, end, work, bytes(open_brackets))) in (INCOMPLETE, MALFORMED):
                return told
    return INCOMPLETE


def _told_by_brackets(data: bytes, start: int, work: Work, opened: bytes) -> int:
    """Say whether open brackets stay open, ``INCOMPLETE``, or are closed wrongly, ``MALFORMED``; 1 if neither is sure.

    What lies between the brackets from ``start`` on is not looked at.
    """
    brackets = work.brackets.after(data, start)
    return 1 if brackets is None else object_end(brackets, 0, work, opened)


def past_separators(data: bytes, at: int) -> int:
    """Give where something else than commas and white space stands, from ``at`` on."""
    return _SEPARATORS.match(data, at).end()  # type: ignore[union-attr]  # the pattern matches the empty text


def fields_of(data: bytes, start: int = 0, depth: int = 0) -> Iterator[tuple[bytes, int]]:
    """Give the fields of the object that begins at ``start``: their names as written, and where their values begin.

    With ``depth`` 1 its brace lies before. Looks at brackets and strings only, so that damage within a value does not
    matter.
    """
    for token in _TOKEN.finditer(data, start):
        kind = data[token.start()]
        whole = token.end() - token.start() > 1
        if kind in b"{[" and not whole:
            depth += 1
        elif kind in b"}]":
            depth -= 1
        elif kind == ord('"') and depth == 1 and (colon := _COLON.match(data, token.end())):
            yield token.group()[1:-1], colon.end()
        if not depth:
            return


def split_objects(  # called as ``split_lines`` is
    data: bytes, mark: re.Pattern[bytes], at: int, work: Work, *, final: bool, until: int = sys.maxsize
) -> Split:
    """Split objects with commas or white space between them, from ``at`` on, no further than where one ends ``until``.

    What is no record, up to the next place where a record may begin (``mark``), becomes a segment that is not whole.
    Stops at the end of the array, at a record that has no end yet, or at the end. With ``final`` no more bytes will
    come: a record without an end then is damage if another one begins after it, and the rest where the search
    stopped if not.
    """
    segments: list[Segment] = []
    stop = min(until, len(data))
    while True:
        at = past_separators(data, at)
        if at >= stop:
            return Split(segments, at, False)
        if data[at] == ord("]"):
            return Split(segments, at, True)
        end = object_end(data, at, work) if data[at] == ord("{") else MALFORMED
        settled = final or len(data) - at >= MAX_RECORD
        following = _swallowed(data, at, end, mark, work, settled=settled)
        if end > 0 and not following:
            segments.append(Segment(at, data[at:end]))
            at = end
            continue
        if end == INCOMPLETE and not settled:
            return Split(segments, at, False)
        following = following or _next_record(data, mark, at + 1, len(data), work, settled=settled)
        if following == _UNDECIDED:
            return Split(segments, at, False)
        if following:
            end = following
        elif end == INCOMPLETE and final:
            return Split(segments, at, False)
        else:
            end = _end_of_damage(data, at, final=final)
            if end <= at:
                return Split(segments, at, False)
        segments.append(Segment(at, data[at:end].rstrip(b" \t\r\n,"), False))
        at = end


def _swallowed(data: bytes, at: int, end: int, mark: re.Pattern[bytes], work: Work, *, settled: bool) -> int:
    """Where another record begins within what looks like one but is not JSON, having lost a bracket; 0 if none does."""
    following = _next_record(data, mark, at + 1, end, work, settled=settled) if end > 0 else 0
    if following:
        try:
            json.loads(data[at:end])
        except ValueError:
            return following
        except RecursionError:
            pass
    return 0


def _next_record(data: bytes, mark: re.Pattern[bytes], at: int, limit: int, work: Work, *, settled: bool) -> int:
    """Where a record begins after damage, 0 if none does. What begins like one may be the value of a field.

    Unless ``settled``, ``_UNDECIDED`` if it takes the bytes after these to tell.
    """
    for found in mark.finditer(data, at, limit):
        start = found.start()
        if not _OPENS_VALUE.search(data[max(at, start - 64) : start]):
            return start
        end = object_end(data, start, work)
        if not settled and (end == INCOMPLETE or len(data) - end < _LOOK_AHEAD):
            return _UNDECIDED
        # Within a record, a name or a bracket follows.
        if end > 0 and mark.match(data, past_separators(data, end)):
            return start
    return 0


def _end_of_damage(data: bytes, at: int, *, final: bool) -> int:
    """Where bytes end that are no record and that no record follows."""
    if not final:
        # The next block may begin with the second half of a mark; hold the damage back until it is large.
        return len(data) - 128 if len(data) - at > MAX_RECORD else at
    rest = data[at:].rstrip()
    closers = len(rest) - len(rest.rstrip(b"]} \t\r\n"))
    return at + len(rest) - closers if len(rest) > closers else at + len(rest)


def split_lines(  # called as ``split_objects`` is
    data: bytes, mark: re.Pattern[bytes], at: int, work: Work, *, final: bool, until: int = sys.maxsize
) -> Split:
    """Split records that stand one on a line; a line with damage gives the complete records in it."""
    segments: list[Segment] = []
    stop = min(until, len(data))
    while (at := _SPACE.match(data, at).end()) < stop:  # type: ignore[union-attr]  # it matches the empty text
        newline = data.find(b"\n", at)
        if newline < 0 and not final:
            if len(data) - at > MAX_RECORD:
                # A line without an end must not fill the memory; each stretch of it is damage.
                segments.append(Segment(at, data[at:], False))
                at = len(data)
            break
        text = data[at : newline if newline >= 0 else len(data)].rstrip()
        if (
            text[0] == ord("{")
            and object_end(text, 0, work) == len(text)
            and not _swallowed(text, 0, len(text), mark, work, settled=True)
        ):
            segments.append(Segment(at, text))
        else:
            within = split_objects(text, mark, 0, work, final=True)
            if newline >= 0 and len(text) < MAX_RECORD and not any(part.whole for part in within.segments):
                # A line of nothing but damage is one reject, not one for each of its brackets.
                within = Split([Segment(0, text, False)], len(text), False)
            segments += [Segment(at + part.offset, part.raw, part.whole) for part in within.segments]
            rest = text[within.stopped :]
            if rest and newline < 0:
                return Split(segments, at + within.stopped, False)
            if rest:
                segments.append(Segment(at + within.stopped, rest, False))
        at = len(data) if newline < 0 else newline + 1
    return Split(segments, at, False)
