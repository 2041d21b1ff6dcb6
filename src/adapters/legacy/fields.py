"""What was taken apart of records, field by field instead of record by record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...application.columns.arrays import Flags, Floats, Ints
from ...domain.feed import FeedName
from .decoding.decoder import NO_NAME, Alike, Parsed, listed
from .decoding.ladder_room import together
from .decoding.ladders import PAIR_BYTES, ROW_BYTES, rows_of
from .decoding.layout import SCALARS


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of some records: ``scalars`` by ``SCALARS``, None where a record lacks one.

    ``matrix`` holds all ladder rows one after the other, ``counts`` says how many each record has; in the same way
    ``pairs`` and ``pair_counts`` the largest changes, which only the records of ``has_pairs`` name.
    """

    scalars: Sequence[Any]
    matrix: Floats
    counts: Ints
    pairs: Floats
    pair_counts: Ints
    has_pairs: Flags
    extras: Sequence[str | None]
    envelopes: Sequence[str | None]
    names: Sequence[FeedName]

    @classmethod
    def of(cls, parsed: Sequence[Parsed]) -> Fields:
        """Turn records that were taken apart each for itself."""
        return cls(
            _transposed(parsed),
            rows_of(b"".join([p.ladder for p in parsed])),
            np.array([p.ladder.nbytes // ROW_BYTES for p in parsed], np.int64),
            _numbers([p.pairs for p in parsed]),
            np.array([p.pairs.nbytes // PAIR_BYTES for p in parsed], np.int64),
            np.array([p.layout.has_max_priors for p in parsed]),
            [p.extra for p in parsed],
            [p.envelope for p in parsed],
            [p.name for p in parsed],
        )

    @classmethod
    def of_alike(cls, pieces: Sequence[Alike]) -> Fields:
        """Put pieces of records together that were taken apart together."""
        layout = pieces[0].layout
        number = sum(len(piece.rows) for piece in pieces)
        scalars: list[Any] = [[None] * number] * len(SCALARS)
        for column, parts in zip(layout.present, zip(*(piece.columns for piece in pieces), strict=True), strict=True):
            scalars[column] = _joined(parts)
        nothing = [None] * number
        return cls(
            scalars,
            together([piece.ladders for piece in pieces]),
            np.concatenate([piece.rows for piece in pieces], dtype=np.int64),
            _numbers([piece.pairs for piece in pieces]),
            np.concatenate([piece.pair_rows for piece in pieces], dtype=np.int64),
            np.full(number, layout.has_max_priors),
            nothing,
            nothing,
            [NO_NAME] * number,
        )

    def __len__(self) -> int:
        return len(self.counts)


def _numbers(buffers: Sequence[Any]) -> Floats:
    return np.frombuffer(b"".join(buffers), np.float64)


def _joined(parts: Sequence[Any]) -> Any:
    """Put the pieces of a column together."""
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    return [value for part in parts for value in listed(part)]


def _transposed(parsed: Sequence[Parsed]) -> list[tuple[Any, ...]]:
    """Turn rows into columns by ``SCALARS``, None where a record lacks a field."""
    full = len(SCALARS)
    rows = []
    for record in parsed:
        if len(record.row) == full:
            rows.append(record.row)
        else:
            row: list[Any] = [None] * full
            for column, value in zip(record.layout.present, record.row, strict=True):
                row[column] = value
            rows.append(row)
    return list(zip(*rows, strict=True))
