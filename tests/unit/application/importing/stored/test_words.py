"""The words of a snapshot: those of its source, or what the lake knows of it, in the vendor's form."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.importing.stored.repeats import Loser
from gexlake.application.importing.stored.snapshot_loader import Place
from gexlake.application.importing.stored.words import conflict_rejects
from gexlake.application.ports.source_reader import SourceFile
from gexlake.domain.envelope import unwrap
from gexlake.domain.judge import parse_json
from gexlake.domain.snapshot import GexSnapshot
from gexlake.domain.timestamps import from_micros, parse_timestamp, to_micros
from gexlake.testing.builders import make_part, make_snapshot
from support.records import record, records, words

READER = LegacyReader()


def told(snapshot: GexSnapshot, path: Path = Path("gone.jsonl"), reader: LegacyReader = READER) -> bytes:
    """Give the words of a snapshot that was the first of a file, which is gone if not named."""
    loser = Loser(Place(make_part([snapshot])[0], 1 << 32, to_micros(snapshot.timestamp)), lambda: snapshot, "")
    (rejects,) = conflict_rejects([loser], reader, {1: SourceFile(path, 1, 0)})
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


class Counting(LegacyReader):
    """Counts the words that it has given."""

    given = 0

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
        """Give them as they are."""
        for found in super().raw_records(file, records):
            self.given += 1
            yield found


def test_they_are_read_as_they_are_written(tmp_path: Path) -> None:
    """A thousand at a time: those of a whole day are not in memory together."""
    path = tmp_path / "day.jsonl"
    raws = [words(one) for one in records(1_500)]
    path.write_bytes(b"\n".join(raws) + b"\n")
    part, reader = make_part([make_snapshot()])[0], Counting()
    losers = [
        Loser(Place(part, (1 << 32) + n, parse_timestamp(one["timestamp"])), make_snapshot, "")
        for n, one in enumerate(records(1_500))
    ]
    found = conflict_rejects(losers, reader, {1: SourceFile(path, 1, 0)})
    first = next(found)
    assert (first.num_rows, reader.given) == (1_000, 1_000)
    assert [*first.column("raw").to_pylist(), *next(found).column("raw").to_pylist()] == raws


def test_what_a_reader_gives_instead_of_them_is_not_taken() -> None:
    """Such as words under their numbers, in no pairs: the lake's own stand for them."""

    class Odd(LegacyReader):
        """Misunderstands what is asked."""

        def raw_records(self, file: SourceFile, records: frozenset[int]) -> Any:
            """Give a dictionary."""
            return dict.fromkeys(records, file.display.encode())

    assert told(make_snapshot(), reader=Odd()) == told(make_snapshot())
