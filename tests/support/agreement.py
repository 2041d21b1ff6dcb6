"""Whatever bytes a file holds, all ways of reading it must say the same: decoders, block sizes, and the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gexlake.adapters.legacy.decoding.decoder import Decoder
from gexlake.domain.errors import GexlakeError

from .cutting import cut_exactly
from .decoders import DECODERS
from .reading import DAY_FILE, Reading, bits, judge_all, read

#: A fraction of a record, and a whole file.
BLOCKS = (97, 1 << 18)
#: Less than some records, more than others: damage is looked for in smaller and smaller pieces.
PIECES = (400, 3000)


@dataclass(frozen=True)
class Told:
    """All that a reader says of a file, in a form that can be compared: or the sentence with which it refused."""

    snapshots: dict[int, Any]
    rejects: list[tuple[Any, ...]]
    skipped: int
    form: str
    torn: str
    warnings: list[str]
    refusal: str = ""


def told(path: Path, block: int, decoder: Callable[[], Decoder], piece: int | None = None) -> Told:
    """Read a file, and write down what came."""
    try:
        reading = read(path, block=block, piece=piece or block, decoder=decoder)
    except GexlakeError as error:
        return Told({}, [], 0, "", "", [], _roughly(f"{type(error).__name__}: {error}"))
    return Told(
        {number: bits(snapshot) for number, snapshot in reading.snapshots.items()},
        _rejects(reading),
        reading.skipped,
        reading.form,
        _roughly(reading.torn),
        reading.warnings,
    )


def assert_agreement(folder: Path, data: bytes, blocks: Sequence[int] = BLOCKS) -> Told:
    """Check that every way of reading some bytes gives the same, and that the model says so too."""
    path = folder / DAY_FILE
    path.write_bytes(data)
    first = told(path, blocks[-1], DECODERS[0])
    for block in blocks:
        for decoder in DECODERS if block != blocks[-1] else DECODERS[1:]:
            _assert_equal(told(path, block, decoder), first, f"{decoder.__name__} in blocks of {block}")
    for piece in PIECES:
        for decoder in (DECODERS[0], DECODERS[-1]):
            found = told(path, blocks[-1], decoder, piece)
            _assert_equal(found, first, f"{decoder.__name__} in pieces of {piece}")
    if not first.refusal:
        _assert_as_the_model(path, first, blocks[-1])
    return first


def _assert_equal(other: Told, first: Told, how: str) -> None:
    for field in Told.__dataclass_fields__:
        assert getattr(other, field) == getattr(first, field), f"{field}: {how} disagrees"


def _assert_as_the_model(path: Path, first: Told, block: int) -> None:
    """Every record of the file is accepted, rejected or skipped, as the model says, and nothing lies between them."""
    pieces = cut_exactly(path, block)
    model = judge_all(pieces.raws)
    assert {n: bits(snapshot) for n, snapshot in model.snapshots.items()} == first.snapshots
    assert [(n, *reject) for n, reject in model.rejects.items()] == [
        (number, reason, detail, raw) for number, reason, detail, raw, *_ in first.rejects
    ]
    assert model.skipped == first.skipped
    assert len(pieces.raws) == len(first.snapshots) + len(first.rejects) + first.skipped
    for number, _, _, raw, offset, *_ in first.rejects:
        assert pieces.offsets[number] == offset, raw


def _roughly(sentence: str) -> str:
    """Leave out where a gzip is damaged, which is told to the block."""
    return re.sub(r"near byte \d+", "near a byte", sentence)


def _rejects(reading: Reading) -> list[tuple[Any, ...]]:
    return sorted((r.record, r.reason, r.detail, r.raw, r.byte_offset, r.ticker, r.timestamp) for r in reading.rejects)
