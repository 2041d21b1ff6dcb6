"""Taking blocks apart with simdjson: numbers come out as flat buffers, no Python object per strike."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import simdjson

from ....domain.feed import FeedName
from .decoder import (
    NO_NAME,
    NO_NUMBERS,
    Alike,
    Decoded,
    Decoder,
    Parsed,
    can_be_kept,
    has_shape,
    is_regular,
)
from .ladders import BARE_BYTES, BARE_ROW, EMPTY_ROW, PAIR_BYTES, ROW, ROW_BYTES, rows_of, spread
from .layout import Layout, envelope_layout, envelope_meaning, json_key, layout_of

#: strike, gamma, oi_gamma; priors may follow.
_NUMBERS = 3


class SimdDecoder(Decoder):
    """Decodes blocks; one per thread, for the parser keeps its memory."""

    #: Small enough to stay in the processor's cache while it is parsed and its shape is counted.
    piece = 128 * 1024

    def __init__(self) -> None:
        self._parser = simdjson.Parser()

    def decode(self, records: bytes) -> Decoded | None:
        """Take apart records that have commas between them; None if that is not JSON."""
        try:
            document: Any = self._parser.parse(b"[" + records + b"]")
        except (ValueError, RuntimeError):
            return None
        try:
            if (together := _together(list(document), records)) is not None:
                return together
            decoded = Decoded()
            for record in document:
                self._take(record, decoded)
        except (AttributeError, UnicodeDecodeError):  # something in the list is no object, or no text
            return None
        finally:
            # The parser refuses its next document while anything still points into this one.
            record = document = None
        decoded.regular = is_regular(records, decoded)
        return decoded

    def _take(self, record: Any, decoded: Decoded) -> None:
        keys = tuple(record.keys())
        layout = layout_of(keys)
        envelope, name = None, NO_NAME
        if layout is None and (wrapped := envelope_layout(keys)) is not None:
            content, others = wrapped
            inner = record[content]
            if isinstance(inner, simdjson.Object):
                name, skip = envelope_meaning(others, record.__getitem__)
                if skip:
                    mini: Any = record.mini
                    # Of one with a ladder the model says whether its kind is one to be skipped.
                    if "strikes" not in inner.keys() and can_be_kept(mini.decode()):  # noqa: SIM118  its keys, not its values
                        decoded.skipped.append(len(decoded.records))
                    decoded.records.append(None)
                    return
                envelope = _text(record, others)
                record, layout = inner, layout_of(tuple(inner.keys()))
        decoded.records.append(_parsed(record, layout, envelope, name) if layout else None)


def _together(parsed: list[Any], records: bytes) -> Decoded | None:
    """Take records apart together; None if they are not all of one layout, or only the model can judge one.

    Each has as many fields as the first one's layout has names, and all of these are found in it: so it has no other,
    and none is named twice.
    """
    keys = tuple(parsed[0].keys()) if parsed else ()
    layout = layout_of(keys)
    if layout is None or layout.extras:
        return None
    pairs: list[Any] = [NO_NUMBERS] * len(parsed)
    pair_sizes = [0]
    try:
        if set(map(len, parsed)) != {len(layout.keys)}:
            return None
        columns = [[record[name] for record in parsed] for name in layout.names]
        row = _shape_of(parsed[0]["strikes"][0])
        ladders = [record["strikes"].as_buffer(of_type="d") for record in parsed]
        sizes = [ladder.size for ladder in ladders]
        if layout.has_max_priors:
            pairs = [record["max_priors"].as_buffer(of_type="d") for record in parsed]
            pair_sizes = [pair.size for pair in pairs]
    except (LookupError, TypeError, AttributeError, ValueError):
        return None
    row_bytes = ROW_BYTES if row == ROW else BARE_BYTES
    uneven = {size % row_bytes for size in sizes} != {0} or {size % PAIR_BYTES for size in pair_sizes} != {0}
    if uneven or not all(sizes) or not layout.columns_good(columns):
        return None
    rows = [size // row_bytes for size in sizes]
    pair_rows = [size // PAIR_BYTES for size in pair_sizes] if layout.has_max_priors else [0] * len(parsed)
    numbers: Any = b"".join(ladders)
    if row != ROW:
        numbers = spread(numbers, np.ones(sum(rows), np.bool_))
    alike = Alike(layout, columns, rows_of(numbers), rows, b"".join(pairs), pair_rows, row)
    return Decoded(alike=alike) if has_shape(records, alike, keys) else _counted(parsed, records, alike)


def _counted(parsed: list[Any], records: bytes, alike: Alike) -> Decoded | None:
    """Give records of one layout whose shape only counting may prove; None if their lists have other sizes."""
    lists = [("strikes", alike.rows)] + [("max_priors", alike.pair_rows)] * alike.layout.has_max_priors
    if any([len(record[name]) for record in parsed] != items for name, items in lists):
        return None
    decoded = Decoded(alike.one_by_one())
    decoded.regular = is_regular(records, decoded)
    return decoded


def _parsed(record: Any, layout: Layout, envelope: str | None, name: FeedName) -> Parsed | None:
    row = [record[key] for key in layout.names]
    if not layout.types_good(row):
        other = layout.without_misfits(row)
        return _parsed(record, other, envelope, name) if other else None
    pairs = _pairs(record["max_priors"]) if layout.has_max_priors else NO_NUMBERS
    if pairs is None:
        other = layout.keeping("max_priors")
        return _parsed(record, other, envelope, name) if other else None
    try:
        ladder, bare = _ladder(record["strikes"])
    except (LookupError, TypeError, AttributeError, ValueError):  # something in it is no number, or it is no list
        return None
    if not ladder.nbytes:
        return None
    extra = _text(record, layout.extras) if layout.extras else None
    if (extra or envelope) and not all(can_be_kept(text) for text in (extra, envelope) if text is not None):
        return None
    return Parsed(layout, row, ladder, pairs, extra, envelope, name, bare)


def _pairs(largest: Any) -> memoryview | None:
    """Give the numbers of what seems to be a list of pairs, a proof is still to come; None for what is surely none."""
    try:
        numbers = memoryview(largest.as_buffer(of_type="d"))
        return numbers if numbers.nbytes == len(largest) * PAIR_BYTES else None
    except (TypeError, AttributeError, ValueError):  # something in it is no number, or it is no list
        return None


def _ladder(strikes: Any) -> tuple[memoryview, int]:
    """Give a ladder with eight numbers a row, and how many rows are bare.

    Raises:
        LookupError, TypeError, AttributeError, ValueError: the model is to judge it.
    """
    numbers = memoryview(strikes.as_buffer(of_type="d"))
    rows = len(strikes)
    if numbers.nbytes == rows * ROW_BYTES:
        return numbers, 0
    # What cannot be told from the numbers alone is asked row by row.
    all_bare = numbers.nbytes == rows * BARE_BYTES
    bare = np.array([all_bare or _shape_of(row) != ROW for row in strikes], np.bool_)
    return spread(numbers, bare), int(bare.sum())


def _shape_of(row: Any) -> bytes:
    """Say which shape a ladder row seems to have: a proof is still to come."""
    if len(row) == _NUMBERS:
        return BARE_ROW
    return ROW if len(row[_NUMBERS]) else EMPTY_ROW


def _text(record: Any, names: tuple[str, ...]) -> str:
    """Write some fields of a record as a JSON object, containers in their own words."""
    parts = []
    for name in names:
        value = record[name]
        if isinstance(value, simdjson.Object | simdjson.Array):
            mini: Any = value.mini  # bytes, whatever its stubs say
            text = mini.decode()
        else:
            text = json.dumps(value, ensure_ascii=False)
        parts.append(f"{json_key(name)}:{text}")
    return "{" + ",".join(parts) + "}"
