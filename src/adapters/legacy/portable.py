"""Taking blocks apart without simdjson, for Pythons that it has no wheel for; slower, with the same results.

msgspec finds the fields without making objects of the ladders, whose numbers Arrow's CSV reader then parses.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np
import orjson
import pyarrow as pa
from pyarrow import csv

from ...domain.feed import FeedName
from .decoder import NO_NUMBERS, NUMBERS_AND_SPACE, Decoded, Parsed, can_be_kept
from .ladders import PAIR, PAIR_BYTES, ROW, ROW_BYTES
from .layout import Layout, envelope_layout, envelope_meaning, json_key, layout_of

_SPACE = b" \t\r\n"
_KEY = re.compile(rb'"\s*:')
_A_LINE_EACH = bytes.maketrans(b",", b"\n")
_SILENT = FeedName()
Fields = dict[str, msgspec.Raw]


class PortableDecoder:
    """Decodes blocks; gives records to the domain model more readily than simdjson has to."""

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(list[Fields])

    def decode(self, records: bytes) -> Decoded | None:
        """Take apart records that have commas between them; None if that is not JSON."""
        try:
            records.decode()
            fields = self._decoder.decode(b"[" + records + b"]")
        except (ValueError, msgspec.DecodeError, RecursionError):
            return None
        if b"\\" in records:
            # An escape can hide a quote, and so a field that is named twice.
            return Decoded([None] * len(fields))
        decoded = Decoded()
        ladders: list[bytes] = []
        pairs: list[bytes] = []
        keys = 0
        for record in fields:
            keys += len(record) + _nested_keys(record)
            self._take(record, decoded, ladders, pairs)
        if keys != len(_KEY.findall(records)):
            return Decoded([None] * len(fields))
        _fill(decoded, ladders, pairs)
        return decoded

    def _take(self, record: Fields, decoded: Decoded, ladders: list[bytes], pairs: list[bytes]) -> None:
        names = tuple(record)
        layout = layout_of(names)
        envelope, name = None, _SILENT
        if layout is None and (wrapped := envelope_layout(names)) is not None:
            content, others = wrapped
            inner = bytes(record[content])
            if inner.startswith(b"{"):
                name, skip = envelope_meaning(*_kind_and_endpoint(record, others))
                if skip:
                    text = _text(record, names)
                    if text and can_be_kept(text):
                        decoded.skipped.append(len(decoded.records))
                    decoded.records.append(None)
                    return
                envelope = _text(record, others)
                record = msgspec.json.decode(inner, type=Fields)
                once = len(record) + _nested_keys(record) == len(_KEY.findall(inner))
                layout = layout_of(tuple(record)) if once else None
        decoded.records.append(
            _parsed(record, layout, envelope, name, ladders, pairs) if layout and envelope != "" else None
        )


def _parsed(
    record: Fields,
    layout: Layout,
    envelope: str | None,
    name: FeedName,
    ladders: list[bytes],
    pairs: list[bytes],
) -> Parsed | None:
    try:
        row: list[Any] = orjson.loads(b"[" + b",".join([bytes(record[key]) for key in layout.names]) + b"]")
    except orjson.JSONDecodeError:
        return None
    if not layout.types_good(row):
        other = layout.without_misfits(row)
        return _parsed(record, other, envelope, name, ladders, pairs) if other else None
    ladder = bytes(record["strikes"]).translate(None, _SPACE)
    largest = bytes(record["max_priors"]).translate(None, _SPACE) if layout.has_max_priors else b"[]"
    extra = _text(record, layout.extras) if layout.extras else None
    if extra == "" or not _is_list_of(ladder, ROW) or not (largest == b"[]" or _is_list_of(largest, PAIR)):
        return None
    if not all(can_be_kept(text) for text in (extra, envelope) if text is not None):
        return None
    ladders.append(ladder)
    pairs.append(largest)
    # The buffers are filled once all ladders of the block are parsed in one go.
    return Parsed(layout, row, NO_NUMBERS, NO_NUMBERS, extra, envelope, name)


def _is_list_of(text: bytes, item: bytes) -> bool:
    if b"-0," in text or b"-0]" in text:  # an integer: 0 in JSON, where CSV reads -0.0
        return False
    shape = text.translate(None, NUMBERS_AND_SPACE)
    count = shape.count(item)
    return count > 0 and shape == b"[" + b",".join([item] * count) + b"]"


def _fill(decoded: Decoded, ladders: list[bytes], pairs: list[bytes]) -> None:
    """Parse the numbers of all records together, and give each its own."""
    parsed = [n for n, record in enumerate(decoded.records) if record is not None]
    rows, pair_rows = _numbers(ladders), _numbers(pairs)
    at = pair_at = 0
    for n, ladder, largest in zip(parsed, ladders, pairs, strict=True):
        record = decoded.records[n]
        count = ladder.count(b"]]")
        pair_count = largest.count(b"]") - 1
        ladder_bytes = rows[at * ROW_BYTES : (at + count) * ROW_BYTES]
        pair_bytes = pair_rows[pair_at * PAIR_BYTES : (pair_at + pair_count) * PAIR_BYTES]
        at, pair_at = at + count, pair_at + pair_count
        finite = np.isfinite(np.frombuffer(ladder_bytes + pair_bytes)).all()
        if record is not None and finite:
            record.ladder, record.pairs = memoryview(ladder_bytes), memoryview(pair_bytes)
        else:
            decoded.records[n] = None


def _numbers(texts: list[bytes]) -> bytes:
    """Parse lists of rows of numbers as CSV of one column; give all the doubles, row by row."""
    lines = b",".join([text for text in texts if text != b"[]"]).translate(_A_LINE_EACH, b"[]")
    if not lines:
        return b""
    table = csv.read_csv(
        pa.BufferReader(lines),
        read_options=csv.ReadOptions(column_names=["number"], use_threads=False),
        convert_options=csv.ConvertOptions(column_types={"number": pa.float64()}, null_values=[]),
    )
    return bytes(table.column(0).to_numpy().data)


def _text(record: Fields, names: tuple[str, ...]) -> str:
    """Write some fields as a JSON object in their own words; empty if a number in it has no value."""
    text = "{" + ",".join(f"{json_key(name)}:{bytes(record[name]).decode()}" for name in names) + "}"
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    return text


def _kind_and_endpoint(record: Fields, others: tuple[str, ...]) -> tuple[str | None, str | None]:
    kind_name = "kind" if "kind" in others else "type" if "type" in others else None
    kind = orjson.loads(bytes(record[kind_name])) if kind_name else None
    endpoint = orjson.loads(bytes(record["endpoint"])) if "endpoint" in others else None
    return (
        kind if kind_name is None or isinstance(kind, str) else "",
        endpoint if isinstance(endpoint, str) else None,
    )


def _nested_keys(record: Fields) -> int:
    """Count the fields of objects within a record's fields."""
    values = (bytes(value) for value in record.values())
    return sum(len(_KEY.findall(value)) for value in values if b"{" in value)
