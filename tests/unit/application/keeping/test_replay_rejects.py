"""Rejects that are judged again, some at a time."""

from pathlib import Path

from gexlake.application.importing.stored.words import canonical
from gexlake.application.keeping.replay_rejects import ReplayRejects, _RejectReader
from gexlake.application.ports.lineage_store import StoredReject
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.domain.feed import FeedName
from gexlake.domain.runs import Counts
from gexlake.testing import NOON, FixedClock, InMemoryLake
from gexlake.testing.builders import make_file, make_reject, make_rejects, make_snapshots


def test_no_more_snapshots_are_objects_at_once_than_a_batch_has():
    """A whole day may have lost its conflicts: as objects it would take gigabytes."""
    words = [canonical(snapshot) for snapshot in make_snapshots(7)]
    words[2] = b"{}"
    rejects = [StoredReject(n, "run-1", "a.json", 1, make_reject(n, raw=raw)) for n, raw in enumerate(words)]
    reader = _RejectReader(rejects, words, dict.fromkeys(range(7), FeedName("classic", "gex_zero")), {})

    batches = list(reader.read(SourceFile(Path("replay"), 0, 0), ReadOptions(NOON, batch_size=3)))

    numbers = [batch.snapshots.column("record").to_pylist() for batch in batches]
    assert tuple(numbers) == ([0, 1], [3, 4, 5], [6])
    assert [batch.skipped for batch in batches] == [1, 0, 0]
    assert [stored.reject_id for stored, _ in reader.refused] == [2]


def test_none_of_the_rejects_is_not_all_of_them():
    """Whoever chose some, and found none, does not have all others judged."""
    lake = InMemoryLake()
    with lake.unit() as unit:
        unit.lineage.add_file(make_file(1, counts=Counts(read=1, rejected=1)))
        unit.lineage.add_rejects(make_rejects([make_reject(0)]))
        unit.commit()
    replay = ReplayRejects(lake, FixedClock(NOON))

    assert replay.run([]).options["replay"] == []
    assert replay.run(None).options["replay"] == [1]
