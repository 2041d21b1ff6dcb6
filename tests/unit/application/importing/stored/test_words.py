"""The words of a snapshot: those of its source, or what the lake knows of it, in the vendor's form."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.importing.stored.repeats import Loser
from gexlake.application.importing.stored.snapshot_loader import Place
from gexlake.application.importing.stored.words import conflict_rejects
from gexlake.application.ports.source_reader import SourceFile
from gexlake.domain import GexSnapshot
from gexlake.domain.envelope import unwrap
from gexlake.domain.judge import parse_json
from gexlake.domain.timestamps import from_micros, parse_timestamp, to_micros
from gexlake.testing.builders import make_part, make_snapshot
from support.records import record, words


def told(snapshot: GexSnapshot, path: Path = Path("gone.jsonl")) -> bytes:
    """Give the words of a snapshot that was the first of a file, which is gone if not named."""
    loser = Loser(Place(make_part([snapshot])[0], 1 << 32, to_micros(snapshot.timestamp)), lambda: snapshot, "")
    (rejects,) = conflict_rejects([loser], LegacyReader(), {1: SourceFile(path, 1, 0)})
    found: bytes = rejects.column("raw")[0].as_py()
    return found


@pytest.mark.parametrize("note", [b"", b', "note": "\\ud800"'], ids=["plain", "half a character"])
def test_they_are_the_source_s_own_if_they_are_about_its_moment(note: bytes, tmp_path: Path) -> None:
    """Blanks and all; what stands there of another moment is not what was read."""
    path = tmp_path / "day.jsonl"
    raw = words(record()).replace(b'","', b'",  "', 1).replace(b"}", note + b"}")
    path.write_bytes(raw + b"\n")
    its_own = make_snapshot(timestamp=from_micros(parse_timestamp(record()["timestamp"])))
    assert told(its_own, path) == raw
    assert told(make_snapshot(timestamp=its_own.timestamp + timedelta(seconds=1)), path) != raw


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"recorded_ms": 1_759_757_402_000, "endpoint": "classic_gex_zero", "note": "größer \ud800", "payload": None},
        {"kind": "snapshot", "endpoint": "/NQ_NDX"},
    ],
    ids=["none", "a live recorder's", "an older bridge's"],
)
def test_the_envelope_is_around_them(envelope: dict[str, Any]) -> None:
    """Whoever takes it off finds it as it was, and the record."""
    record, found, _, _ = unwrap(parse_json(told(make_snapshot(envelope=envelope))))
    assert (found, record["ticker"]) == (envelope, "NQ_NDX")


@pytest.mark.parametrize(
    "envelope",
    [{"endpoint": "state_gex_full"}, {"data": 5}, {"data": {}}, {"strikes": "none"}, {"zero_gamma": 1}],
    ids=str,
)
def test_an_envelope_that_would_be_misread_is_left_out(envelope: dict[str, Any]) -> None:
    """A plugin's snapshot may keep anything as one: the record itself counts for more."""
    assert told(make_snapshot(envelope=envelope)) == told(make_snapshot())
