"""Reading a file of history with the legacy reader, and what the domain model says of the same records."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gexlake.adapters.legacy.decoding.decoder import TEXT, Decoder
from gexlake.adapters.legacy.decoding.decoders import make_decoder
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.columns.batch import snapshots_of
from gexlake.application.columns.schemas import LADDER_SCHEMA, SOURCE_SCHEMA
from gexlake.application.ports.source_reader import ReadOptions
from gexlake.domain.envelope import unwrap
from gexlake.domain.feed import FeedName
from gexlake.domain.judge import judge_unwrapped, parse_json
from gexlake.domain.rejects import Reject, RejectReason, RuleBroken
from gexlake.domain.snapshot import GexSnapshot

from .records import NOW

DAY_FILE = "2025-10-06_NQ_NDX_classic_gex_zero.json"
HINT = FeedName("classic", "gex_zero")
_KEPT = ("extra", "envelope")


@dataclass(slots=True)
class Reading:
    """All that a reader gave of one file: snapshots by record number, rejects, and how the file ended."""

    snapshots: dict[int, GexSnapshot] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0
    form: str = ""
    torn: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def timestamps(self) -> list[float]:
        """The snapshots' Unix seconds, in the order of the file."""
        return [self.snapshots[number].timestamp.timestamp() for number in sorted(self.snapshots)]


def read(
    path: Path,
    *,
    block: int = 1 << 18,
    decoder: Callable[[], Decoder] = make_decoder,
    piece: int | None = None,
    **options: Any,
) -> Reading:
    """Read one file with the legacy reader, and check what every batch must be."""
    reader = LegacyReader(block, decoder, piece)
    (file,) = reader.discover(path)
    reading = Reading()
    bytes_done = 0
    for batch in reader.read(file, ReadOptions(NOW, **options)):
        assert batch.snapshots.schema == SOURCE_SCHEMA
        assert batch.ladders.schema == LADDER_SCHEMA
        batch.snapshots.validate(full=True)
        for name in _KEPT:
            assert not any(map(_has_space, batch.snapshots.column(name).drop_null().to_pylist()))
        numbers = batch.snapshots.column("record").to_pylist()
        reading.snapshots |= zip(numbers, snapshots_of(batch.snapshots, batch.ladders), strict=True)
        reading.rejects += batch.rejects
        reading.skipped += batch.skipped
        reading.form = batch.form or reading.form
        reading.torn = batch.torn or reading.torn
        reading.warnings += batch.warnings
        assert batch.bytes_done >= bytes_done
        bytes_done = batch.bytes_done
    assert bytes_done == file.size or reading.torn
    return reading


def _has_space(text: str) -> bool:
    """Whether some JSON has white space between its words: as a line of a file it could be two."""
    return re.search(rb"\s", TEXT.sub(b"", text.encode())) is not None


def read_bytes(folder: Path, data: bytes, name: str = DAY_FILE, **how: Any) -> Reading:
    """Write a file and read it."""
    path = folder / name
    path.write_bytes(data)
    return read(path, **how)


def raw_by_number(path: Path, block: int, numbers: Iterable[int]) -> dict[int, bytes]:
    """Look the words of records up by their numbers."""
    reader = LegacyReader(block)
    (file,) = reader.discover(path)
    return dict(reader.raw_records(file, frozenset(numbers)))


@dataclass(slots=True)
class Judgement:
    """What the domain model says of a file's records, one by one."""

    snapshots: dict[int, GexSnapshot] = field(default_factory=dict)
    rejects: dict[int, tuple[RejectReason, str, bytes]] = field(default_factory=dict)
    skipped: int = 0


def judge_all(raws: Iterable[bytes]) -> Judgement:
    """Judge the words of records as the specification does: parse, unwrap, judge."""
    judgement = Judgement()
    for number, raw in enumerate(raws):
        try:
            found = unwrap(parse_json(raw))
            if found.skip:
                judgement.skipped += 1
            else:
                judgement.snapshots[number] = judge_unwrapped(found, HINT, NOW)
        except RuleBroken as broken:
            judgement.rejects[number] = (broken.reason, broken.detail, raw)
    return judgement


def bits(snapshot: GexSnapshot) -> tuple[Any, ...]:
    """Write a snapshot so that only equal bits are equal: -0.0 is not 0.0, and the ladder is in its stored order."""
    values = snapshot.model_dump()
    ladder = sorted(values.pop("strikes"), key=lambda level: level["strike"])
    numbers = [
        (_double(n["strike"]), _double(n["gamma"]), _double(n["oi_gamma"]), *map(_double, n["priors"])) for n in ladder
    ]
    largest = values.pop("max_priors")
    pairs = None if largest is None else [tuple(map(_double, pair)) for pair in largest]
    scalars = {name: _double(v) if isinstance(v, float) else v for name, v in values.items() if name not in _KEPT}
    kept = [_exactly(values[name]) for name in _KEPT]
    return scalars, numbers, pairs, kept


def _double(value: float) -> bytes:
    return struct.pack("<d", value)


def _exactly(value: Any) -> Any:
    """Tell 1, 1.0, True and -0.0 apart, at any depth, and keep the order of fields."""
    if isinstance(value, dict):
        return [(name, _exactly(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [_exactly(inner) for inner in value]
    return (type(value).__name__, repr(value))


def assert_same(reading: Reading, raws: Iterable[bytes]) -> None:
    """Check that reader and model accept the same records with the same bits, and reject the others alike."""
    model = judge_all(raws)
    rejects = {reject.record: (reject.reason, reject.detail, reject.raw) for reject in reading.rejects}
    assert rejects == model.rejects
    assert len(reading.rejects) == len(rejects)
    assert sorted(reading.snapshots) == sorted(model.snapshots)
    assert {n: bits(s) for n, s in reading.snapshots.items()} == {n: bits(s) for n, s in model.snapshots.items()}
    assert reading.skipped == model.skipped
