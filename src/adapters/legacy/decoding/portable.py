"""Taking blocks apart without simdjson, for Pythons that it has no wheel for; slower, with the same results.

msgspec finds the fields without making objects of the ladders, whose numbers Arrow then parses.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import msgspec
import numpy as np
import orjson

from ....domain.feed import FeedName
from .decoder import (
    NO_NAME,
    NO_NUMBERS,
    NUMBERS_AND_SPACE,
    TEXT,
    Alike,
    Decoded,
    Decoder,
    Parsed,
    can_be_kept,
    has_shape,
)
from .doubles import ladders_and_pairs
from .ladders import BARE_ROW, EMPTY_ROW, PAIR, ROW, rows_of
from .layout import Layout, envelope_layout, envelope_meaning, json_key, layout_of

#: What stands for a ladder row in its ladder's shape: whether it is bare. Neither byte is left of valid JSON.
_FULL, _BARE = b"\0", b"\1"
_LADDER = re.compile(rb"\[[\0\1](?>(?:,[\0\1])*)\]")
#: A list of one number leaves the shape of an empty one.
_ONE_NUMBER = re.compile(rb"\[\s*+-?+[0-9][^,\[\]]*+\]")
Fields = dict[str, msgspec.Raw]


class PortableDecoder(Decoder):
    """Decodes blocks, into the same as simdjson does."""

    #: Each piece costs a fixed time, in Arrow's cast above all, which outweighs what a smaller one would spare.
    piece = 256 * 1024

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(list[Fields])

    def decode(self, records: bytes) -> Decoded | None:
        """Take apart records that have commas between them; None if that is not JSON."""
        try:
            records.decode()
            fields = self._decoder.decode(b"[" + records + b"]")
        except (ValueError, msgspec.DecodeError, RecursionError):
            return None
        return _together(fields, records) or _one_by_one(fields, records)


def _together(fields: list[Fields], records: bytes) -> Decoded | None:
    """Take records apart together; None if they are not all of one layout, or only the model can judge one."""
    keys = tuple(fields[0]) if fields else ()
    layout = layout_of(keys)
    if layout is None or layout.extras:
        return None
    try:
        scalars = orjson.loads(_listed([record[name] for record in fields for name in layout.names]))
        ladders = [bytes(record["strikes"]) for record in fields]
        pairs = [bytes(record["max_priors"]) for record in fields] if layout.has_max_priors else [b"[]"] * len(fields)
    except (KeyError, orjson.JSONDecodeError):
        return None
    columns = [scalars[n :: len(layout.names)] for n in range(len(layout.names))]
    row = _first_row(ladders[0])
    rows = [(ladder.count(b"[") - 1) // row.count(b"[") for ladder in ladders]
    alike = Alike(layout, columns, rows_of(b""), rows, b"", [pair.count(b"[") - 1 for pair in pairs], row)
    if min(rows) < 1 or not layout.columns_good(columns) or not has_shape(records, alike, keys):
        return None
    if (row == EMPTY_ROW or not all(alike.pair_rows)) and _ONE_NUMBER.search(records):
        return None
    numbers = ladders_and_pairs(ladders, rows, np.full(sum(rows), row != ROW), pairs)
    if not numbers.finite:
        return None
    return Decoded(alike=alike._replace(ladders=rows_of(b"".join(numbers.ladders)), pairs=b"".join(numbers.pairs)))


def _first_row(ladder: bytes) -> bytes:
    """Say which shape the rows of a ladder seem to have by its first one: a proof is still to come."""
    first = ladder[: ladder.find(b"]", ladder.find(b"]") + 1) + 1].translate(None, NUMBERS_AND_SPACE)[1:]
    return next((row for row in (BARE_ROW, EMPTY_ROW) if first.startswith(row)), ROW)


def _one_by_one(fields: list[Fields], records: bytes) -> Decoded:
    """Take records apart each for itself, but for their numbers."""
    nested = records.count(b"{") > len(fields)
    if sum(len(record) + (_nested_fields(record) if nested else 0) for record in fields) != _fields_in(records):
        return Decoded([None] * len(fields))  # a field is named twice
    decoded, lists = Decoded(), _Lists()
    for record in fields:
        _take(record, decoded, lists)
    lists.fill(decoded)
    return decoded


def _take(record: Fields, decoded: Decoded, lists: _Lists) -> None:
    names = tuple(record)
    layout = layout_of(names)
    envelope, name = None, NO_NAME
    if layout is None and (wrapped := envelope_layout(names)) is not None:
        content, others = wrapped
        inner = bytes(record[content])
        if inner.startswith(b"{"):
            name, skip = envelope_meaning(others, partial(_value, record))
            if skip:
                text = _text(record, names)
                # Of one with a ladder the model says whether its kind is one to be skipped.
                if text and can_be_kept(text) and "strikes" not in msgspec.json.decode(inner, type=Fields):
                    decoded.skipped.append(len(decoded.records))
                decoded.records.append(None)
                return
            envelope = _text(record, others)
            record = msgspec.json.decode(inner, type=Fields)
            once = len(record) + _nested_fields(record) == _fields_in(inner)
            layout = layout_of(tuple(record)) if once else None
    decoded.records.append(_parsed(record, layout, envelope, name, lists) if layout and envelope != "" else None)


def _parsed(record: Fields, layout: Layout, envelope: str | None, name: FeedName, lists: _Lists) -> Parsed | None:
    try:
        row: list[Any] = orjson.loads(_listed([record[key] for key in layout.names]))
    except orjson.JSONDecodeError:
        return None
    if not layout.types_good(row):
        other = layout.without_misfits(row)
        return _parsed(record, other, envelope, name, lists) if other else None
    pairs = bytes(record["max_priors"]) if layout.has_max_priors else b"[]"
    if not _is_list_of(PAIR, pairs.translate(None, NUMBERS_AND_SPACE)) or _ONE_NUMBER.search(pairs):
        other = layout.keeping("max_priors")
        return _parsed(record, other, envelope, name, lists) if other else None
    extra = _text(record, layout.extras) if layout.extras else None
    if extra == "" or not all(can_be_kept(text) for text in (extra, envelope) if text is not None):
        return None
    bare = lists.add(bytes(record["strikes"]), pairs)
    # The buffers are filled once all ladders of the block are parsed in one go.
    return None if bare is None else Parsed(layout, row, NO_NUMBERS, NO_NUMBERS, extra, envelope, name, bare)


class _Lists:
    """The ladders and pairs of the records that were taken apart."""

    def __init__(self) -> None:
        self._ladders: list[bytes] = []
        self._pairs: list[bytes] = []
        self._rows: list[bytes] = []

    def add(self, ladder: bytes, pairs: bytes) -> int | None:
        """Add a record's, and say how many rows of the ladder are bare; None if one of them has no regular shape."""
        shape = ladder.translate(None, NUMBERS_AND_SPACE).replace(ROW, _FULL)
        if EMPTY_ROW in shape and _ONE_NUMBER.search(ladder):
            return None
        shape = shape.replace(BARE_ROW, _BARE).replace(EMPTY_ROW, _BARE)
        if not _LADDER.fullmatch(shape):
            return None
        rows = shape[1::2]
        self._ladders.append(ladder)
        self._pairs.append(pairs)
        self._rows.append(rows)
        return rows.count(_BARE)

    def fill(self, decoded: Decoded) -> None:
        """Parse the numbers of all records together, and give each its own."""
        if not self._ladders:
            return
        bare = np.frombuffer(b"".join(self._rows), np.bool_)
        numbers = ladders_and_pairs(self._ladders, [len(rows) for rows in self._rows], bare, self._pairs)
        parsed = [n for n, record in enumerate(decoded.records) if record is not None]
        for n, ladder, pairs in zip(parsed, numbers.ladders, numbers.pairs, strict=True):
            if (record := decoded.records[n]) is not None:
                record.ladder, record.pairs = ladder, pairs
            if not numbers.finite and np.isinf(np.frombuffer(bytes(ladder) + bytes(pairs))).any():
                decoded.records[n] = None


def _is_list_of(item: bytes, shape: bytes) -> bool:
    return shape == b"[" + b",".join([item] * shape.count(item)) + b"]"


def _listed(values: list[msgspec.Raw]) -> bytes:
    """Write values as a JSON list."""
    return b"[" + b",".join(values) + b"]"


def _text(record: Fields, names: tuple[str, ...]) -> str:
    """Write some fields as a JSON object on a line, in their own words; empty if only the model can tell what they are.

    A number among them has no value, say.
    """
    try:
        text = "{" + ",".join(f"{json_key(name)}:{_on_a_line(bytes(record[name])).decode()}" for name in names) + "}"
        orjson.loads(text)
    except (orjson.JSONDecodeError, msgspec.DecodeError, RecursionError):
        return ""
    return text


def _on_a_line(value: bytes) -> bytes:
    """Leave the space out that a list or an object was printed with."""
    return msgspec.json.format(value, indent=-1) if value[:1] in b"[{" else value


def _value(record: Fields, name: str) -> Any:
    """Parse the value of a field; a number that no double can hold is None."""
    try:
        return orjson.loads(bytes(record[name]))
    except orjson.JSONDecodeError:
        return None


def _nested_fields(record: Fields) -> int:
    """Count the fields of objects within a record's fields."""
    values = (bytes(value) for value in record.values())
    return sum(_fields_in(value) for value in values if b"{" in value)


def _fields_in(words: bytes) -> int:
    """Count the fields of all objects in some JSON: each has a colon, and so have only texts."""
    return TEXT.sub(b"", words).count(b":")
