"""Damage of any size: the good records around it go in, it has a reason, and nobody waits for hours."""

import json
import resource
from pathlib import Path

import pytest

from support.decoders import PlainDecoder
from support.reading import read_bytes
from support.records import zipped

FIXTURE = Path(__file__).parents[3] / "fixtures" / "history" / "2025-10-06_NQ_NDX_classic_gex_zero.json"
RECORD = json.dumps(json.loads(FIXTURE.read_bytes())[5], separators=(",", ":")).encode()
#: More than the reader holds of what might still become a record.
SIZE = 3 * 1024 * 1024


@pytest.mark.parametrize(
    ("damage", "rejects"),
    [
        (b" " * SIZE, 0),
        (b"x" * SIZE, 2),
        (b"[" * SIZE, 2),
        (b"{" * SIZE, 2),
        (b"}" * SIZE, 2),
        (b'"' * SIZE, 2),
        (b"\0" * SIZE, 2),
        (b"[1]," * (SIZE // 4), 2),
        (b'{"a":"' + b"y" * SIZE, 2),
    ],
    ids=["spaces", "letters", "brackets", "braces", "closing", "quotes", "nuls", "pairs", "a string without end"],
)
def test_damage_between_two_records_costs_neither(damage: bytes, rejects: int, tmp_path: Path):
    """Both records go in; the damage is kept in pieces that fit into memory."""
    data = b"[" + RECORD + b"," + damage + b"," + RECORD + b"]"

    reading = read_bytes(tmp_path, data, block=1 << 18, decoder=PlainDecoder)

    assert len(reading.snapshots) == 2
    assert len(reading.rejects) == rejects
    assert sum(len(reject.raw) for reject in reading.rejects) >= (SIZE - 8 if rejects else 0)


def test_line_without_end_is_refused_in_pieces(tmp_path: Path):
    """And the lines around it go in."""
    data = RECORD + b'\n{"timestamp":' + b"1" * SIZE + b"\n" + RECORD + b"\n"

    reading = read_bytes(tmp_path, data, block=1 << 18, decoder=PlainDecoder)

    assert len(reading.snapshots) == 2
    assert {reject.reason.value for reject in reading.rejects} <= {"too-large", "not-json"}


def test_gzip_bomb_does_not_fill_the_memory(tmp_path: Path):
    """A few hundred kilobytes that unpack to 200 MB of nothing."""
    blanks = zipped(b" " * (10 * 1024 * 1024)) * 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    reading = read_bytes(tmp_path, zipped(b"[" + RECORD) + blanks + zipped(b"]"), block=1 << 18, decoder=PlainDecoder)

    assert len(reading.snapshots) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024
