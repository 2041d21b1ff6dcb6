"""The words of a snapshot whose source is gone: what the lake knows of it, in the vendor's form."""

from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.ports.source_reader import SourceFile
from gexlake.application.repeats import Loser
from gexlake.application.snapshot_loader import Place
from gexlake.application.words import words_of
from gexlake.domain import GexSnapshot
from gexlake.domain.envelope import unwrap
from gexlake.domain.judge import parse_json
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import make_part, make_snapshot


def told(snapshot: GexSnapshot) -> bytes:
    """Give the words of a snapshot that a file brought which is gone."""
    loser = Loser(Place(make_part([snapshot])[0], 1 << 32, to_micros(snapshot.timestamp)), lambda: snapshot, "")
    ((_, _, _, words),) = words_of([loser], LegacyReader(), {1: SourceFile(Path("gone.jsonl"), 1, 0)})
    return words


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
