"""Replaying records that name no feed: they go in as what their import takes them for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.domain.runs import ImportRun
from support.accounts import account, off
from support.records import enveloped, put, record

Import = Callable[..., ImportRun]


def feeds(lake: DuckDbLake) -> list[str]:
    """Name the feeds of a lake, without their ticker."""
    return sorted(f"{feed.package}/{feed.category}" for feed in lake.snapshots.feeds())


@pytest.mark.parametrize(
    ("path", "others", "assumed", "feed"),
    [
        ("state-street/history/NQ_NDX_gex_zero_20251003_143000.json", [], None, "classic/gex_zero"),
        ("phase_one/2025-10-06_NQ_NDX.jsonl", [], "gex_full", "classic/gex_full"),
        ("snap_0001.json", [], "gex_zero", "classic/gex_zero"),
        ("recording.jsonl", ["classic_gex_one", "state_gex_full"], "gex_zero", "classic/gex_zero"),
        ("2025-10-06_BRK.B_state_gex_zero.json", [], None, "state/gex_zero"),
        ("2025-10-06_NQ_NDX_classic_gex_zero.jsonl", ["classic_gex_one"], None, "classic/gex_zero"),
        ("NQ_NDX_gex_zero_20251003_143000.json", ["state_gex_zero"], None, "classic/gex_zero"),
    ],
    ids=[
        "a folder with a package in its name",
        "a folder with a category in its name",
        "an assumed category",
        "an assumed category beside two feeds",
        "a ticker with a dot",
        "a path beside another feed",
        "a package that nothing names",
    ],
)
def test_a_replay_takes_a_record_for_what_its_import_does(
    path: str, others: list[str], assumed: str | None, feed: str, imported: Import, lake: DuckDbLake, tmp_path: Path
):
    """Mended in its file it would have gone in as the same."""
    around = [enveloped(record(second), endpoint=name) for second, name in enumerate(others)]
    source = put(tmp_path / "history" / path, *around, record(9, spot=-1))
    imported(source, assume_category=assumed)
    before = feeds(lake)

    run = ReplayRejects(lake, SystemClock()).run(None, mended=put(tmp_path / "mended.jsonl", record(9)))

    assert (run.status.value, run.counts.accepted) == ("success", 1)
    assert feeds(lake) == sorted([*before, feed])
    # Read again with the mended record in its place, the source has nothing new.
    put(source, *around, record(9))
    assert imported(source, assume_category=assumed).counts.accepted == 0
    assert feeds(lake) == sorted([*before, feed])
    assert off(account(lake)) == []


def test_a_record_of_any_category_waits_on(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """The feed of those around it is no name of its own; the cure is said."""
    source = put(tmp_path / "recording.jsonl", enveloped(record(0), endpoint="classic_gex_one"), record(1))
    imported(source)

    run = ReplayRejects(lake, SystemClock()).run(None)

    assert (run.status.value, run.counts.accepted, feeds(lake)) == ("partial", 0, ["classic/gex_one"])
    assert "--assume-category" in run.errors[0]
    assert len(list(lake.lineage.rejects(pending=True))) == 1
