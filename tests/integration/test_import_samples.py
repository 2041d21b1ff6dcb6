"""Every form and every kind of dirt, with its exact counts, through the real DuckDB and Parquet adapters."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.synthetic.generate import write_history
from gexlake.domain.runs import Counts, ImportRun
from support.accounts import account, compared, off

FIXTURES = Path(__file__).parents[1] / "fixtures"
Import = Callable[..., ImportRun]


@pytest.mark.parametrize(
    ("file", "form", "snapshots", "strikes"),
    [
        ("2025-10-06_NQ_NDX_classic_gex_zero.json", "array", 120, 7200),
        ("2025-10-06_SPX_classic_gex_full.json", "array", 60, 3600),
        ("2025-10-07_NQ_NDX_classic_gex_zero.json.gz", "gzip array", 120, 7200),
        ("2025-10-08_NQ_NDX_classic_gex_zero.jsonl", "lines", 120, 7200),
        ("2025-10-09_NQ_NDX_classic_gex_zero.json.gz", "array", 120, 7200),
        ("bridge/NQ_NDX_gex_zero_20251003_133002.json", "object", 1, 60),
    ],
)
def test_form_is_recognised_and_read_whole(
    imported: Import, lake: DuckDbLake, file: str, form: str, snapshots: int, strikes: int
):
    """By content before name: the second .gz is plain JSON."""
    run = imported(FIXTURES / "history" / file)

    assert run.counts == Counts(read=snapshots, accepted=snapshots, strikes=strikes)
    assert lake.lineage.files()[0].form == form


def test_envelopes_of_two_recorders_are_half_duplicates(imported: Import, lake: DuckDbLake):
    """A recorder that polls faster than the vendor updates writes each snapshot twice."""
    run = imported(FIXTURES / "history" / "2025-10-10")

    assert run.counts == Counts(read=120, accepted=60, duplicates=60, strikes=3600)
    assert lake.lineage.files()[0].form == "lines of envelopes"


ACCEPTED = Counts(read=40, accepted=40, strikes=800)
ONE_REJECTED = Counts(read=40, accepted=39, rejected=1, strikes=780)
DIRT = {
    "array-cut": ("partial", Counts(read=30, accepted=30, strikes=600), ()),
    "byte-order-mark": ("success", ACCEPTED, ()),
    "conflict": ("partial", Counts(read=41, accepted=40, conflicts=1, strikes=800), (("conflict", 40),)),
    "container": ("success", ACCEPTED, ()),
    "crlf": ("success", ACCEPTED, ()),
    "empty-file": ("failed", Counts(), ()),
    "gamma-null": ("partial", ONE_REJECTED, (("not-a-number", 3),)),
    "gzip-cut": ("partial", Counts(read=29, accepted=29, strikes=580), ()),
    "ladder-does-not-add-up": ("success", Counts(read=40, accepted=40, flagged=1, strikes=795), ()),
    "last-line-torn": ("partial", Counts(read=39, accepted=39, strikes=780), ()),
    "line-of-garbage": ("partial", Counts(read=41, accepted=40, rejected=1, strikes=800), (("not-json", 1),)),
    "not-json": ("failed", Counts(), ()),
    "other-feed": ("success", Counts(), ()),
    "payload-envelopes": ("success", Counts(read=40, accepted=40, skipped=40, strikes=800), ()),
    "priors-absent": ("success", ACCEPTED, ()),
    "priors-empty": ("success", ACCEPTED, ()),
    "priors-of-three": ("partial", ONE_REJECTED, (("priors-not-five", 3),)),
    "rounding-twin": ("success", Counts(read=41, accepted=40, rounding_twins=1, strikes=800), ()),
    "same-twice": ("success", Counts(read=50, accepted=40, duplicates=10, strikes=800), ()),
    "spot-is-text": ("partial", ONE_REJECTED, (("not-a-number", 3),)),
    "spot-missing": ("partial", ONE_REJECTED, (("field-missing", 3),)),
    "spot-negative": ("partial", ONE_REJECTED, (("not-positive", 3),)),
    "strike-twice": ("partial", ONE_REJECTED, (("strike-twice", 3),)),
    "strikes-empty": ("partial", ONE_REJECTED, (("strikes-empty", 3),)),
    "timestamp-in-future": ("partial", ONE_REJECTED, (("timestamp-in-future", 3),)),
    "timestamp-in-milliseconds": ("success", ACCEPTED, ()),
    "unknown-fields": ("success", ACCEPTED, ()),
    "unsorted": ("success", ACCEPTED, ()),
}


def test_every_kind_of_dirt_has_its_line():
    """A fixture without an expectation would pass unseen."""
    assert {path.name for path in (FIXTURES / "dirty").iterdir()} == set(DIRT)


@pytest.mark.parametrize("name", DIRT)
def test_dirt_is_judged_exactly_and_only_once(imported: Import, lake: DuckDbLake, name: str):
    """What goes in, what does not and why; forced to read it again, the lake does not change.

    Everything is accounted for, compared with its source, too, unless nothing of it could be read.
    """
    status, counts, rejects = DIRT[name]

    run = imported(FIXTURES / "dirty" / name)

    assert (run.status.value, run.counts) == (status, counts)
    assert [(stored.reject.reason.value, stored.reject.record) for stored in lake.lineage.rejects()] == list(rejects)
    assert off(account(lake)) == []
    assert off(compared(lake, FIXTURES / "dirty" / name)) == (["source-failed"] if status == "failed" else [])

    again = imported(FIXTURES / "dirty" / name, force=True)

    assert again.counts.accepted == 0
    assert (again.counts.read, again.counts.rejected) == (counts.read, counts.rejected)
    assert len(list(lake.lineage.rejects())) == len(rejects)
    assert off(account(lake)) == []
    assert off(compared(lake, FIXTURES / "dirty" / name)) == (["source-failed"] if status == "failed" else [])


def test_grown_file_gives_only_its_new_snapshots(imported: Import, tmp_path: Path):
    """A recorder goes on writing; its torn last line is whole by then."""
    lines = (FIXTURES / "history" / "2025-10-08_NQ_NDX_classic_gex_zero.jsonl").read_bytes().splitlines(keepends=True)
    source = tmp_path / "2025-10-08_NQ_NDX_classic_gex_zero.jsonl"
    source.write_bytes(b"".join(lines[:70]) + lines[70][:500])
    first = imported(source)
    source.write_bytes(b"".join(lines))

    second = imported(source)

    assert (first.status.value, first.counts.accepted) == ("partial", 70)
    assert second.counts == Counts(read=120, accepted=50, duplicates=70, strikes=3000)


def test_hundreds_of_one_snapshot_files_become_one_part(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """A part a file would make a lake that no engine reads well."""
    write_history(tmp_path / "many", days=1, snapshots=300, strikes=10, form="single")

    run = imported(tmp_path / "many")

    assert (run.files.imported, run.counts.accepted) == (300, 300)
    assert len(lake.snapshots.parts()) == 1


def test_moved_files_are_known_and_keep_what_was_taken_of_them(imported: Import, tmp_path: Path):
    """The content is known under its new path, but not more of it than was imported."""
    first, second = tmp_path / "first", tmp_path / "second"
    write_history(first, days=1, snapshots=20, strikes=10)
    imported(first)
    first.rename(second)

    run = imported(second)

    assert (run.files.unchanged, run.counts.read) == (1, 0)


def test_other_engines_read_the_parts_as_they_stand(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """Hive partitions by feed and trading day, sorted by timestamp and strike, the same rows everywhere."""
    imported(FIXTURES / "history")
    folder = tmp_path / "lake" / "strikes"

    by_polars = pl.scan_parquet(folder / "**" / "*.parquet", hive_partitioning=True).collect()
    by_arrow = ds.dataset(folder, partitioning="hive").to_table()
    query = (
        f"select count(*), count(distinct date) from read_parquet('{folder}/*/*/*/*/*.parquet', hive_partitioning=1)"
    )

    assert by_polars.height == by_arrow.num_rows == 36_300
    assert duckdb.connect().execute(query).fetchall() == [(36_300, 6)]
    for part in lake.snapshots.parts():
        for _, ladders in lake.ladders.batches(part):
            assert ladders.num_rows
    for path in folder.rglob("*.parquet"):
        rows = pl.read_parquet(path, hive_partitioning=False)
        assert rows.equals(rows.sort("timestamp", "strike"))
        assert not rows.select("timestamp", "strike").is_duplicated().any()
