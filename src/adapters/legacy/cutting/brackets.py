"""What the brackets and quotes of a stretch of bytes come to, without a look at what lies between them."""

from __future__ import annotations

_ALL_ELSE = bytes(set(range(256)) - set(b'[]{}"'))
#: Two of a kind side by side change nothing, in a string or out of it, and records leave nothing else.
_PAIRS = (b'""', b"[]", b"[]", b"[]", b'""', b"{}", b"[]", b"{}")
#: In such parts of a file it is remembered.
_PART = 32 * 1024
#: More parts than lie behind any record that is waited for.
_MOST_PARTS = 256


class Brackets:
    """Remembers what the brackets of a file come to, part by part.

    Each record that has no end asks for all that follows it, so that many of them, one behind the other, would have the
    same bytes looked at again and again.
    """

    def __init__(self) -> None:
        self._parts: dict[int, bytes | None] = {}
        self._data, self._offset = b"", 0

    def place(self, data: bytes, offset: int) -> None:
        """Say where in the file some bytes lie that will be asked about."""
        self._data, self._offset = data, offset

    def after(self, data: bytes, start: int) -> bytes | None:
        """Give what counts of the brackets from a place on; None if only a closer look can tell."""
        if data is not self._data:
            return _come_to(data[start:])
        first = -(-(self._offset + start) // _PART)
        last = (self._offset + len(data)) // _PART
        if first >= last:
            return _come_to(data[start:])
        if len(self._parts) > _MOST_PARTS:
            self._parts = {part: left for part, left in self._parts.items() if part >= first}
        found = [_come_to(data[start : first * _PART - self._offset])]
        found += [self._part(part) for part in range(first, last)]
        found.append(_come_to(data[last * _PART - self._offset :]))
        left = [part for part in found if part is not None]
        return _without_pairs(b"".join(left)) if len(left) == len(found) else None

    def _part(self, part: int) -> bytes | None:
        if part not in self._parts:
            start = part * _PART - self._offset
            self._parts[part] = _come_to(self._data[start : start + _PART])
        return self._parts[part]


def _come_to(data: bytes) -> bytes | None:
    """Leave out what is no bracket, and those that change nothing; None with escapes, or hardly anything else."""
    brackets = data.translate(None, _ALL_ELSE)
    if b"\\" in data or len(brackets) > len(data) // 2 + 1:
        return None
    return _without_pairs(brackets)


def _without_pairs(brackets: bytes) -> bytes:
    for pair in _PAIRS:
        brackets = brackets.replace(pair, b"")
    return brackets
