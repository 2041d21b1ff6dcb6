"""What a lake holds, without what differs from run to run: to compare two lakes row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.attached import database_of

_SNAPSHOTS = """
    select s.* exclude (file_id, part, timestamp), epoch_us(s.timestamp) as micros,
        regexp_replace(l.source_file, '^replay:[^/]*', 'replay') as source_file
    from gex_snapshots s join lineage l using (file_id) order by ticker, package, category, micros
"""
_REJECTS = """
    select l.source_file, r.record, r.reason, r.raw, r.replayed_in is null as pending
    from rejects r join lineage l using (file_id) order by all
"""
_LINEAGE = """
    select * exclude (file_id, import_id, import_timestamp, duration_seconds, source_file),
        regexp_replace(source_file, '^replay:[^/]*', 'replay') as source_file
    from lineage order by all
"""
_COPIES = "select * exclude (file_id) from read_parquet('{}', hive_partitioning = true) order by all"
_LADDERS = "select * exclude (timestamp), epoch_us(timestamp) as micros from read_parquet('{}') order by all"

#: What is put aside on purpose.
_ASIDE = ("gex.duckdb.before-rebuild-", "gex.duckdb.version-", "quarantine")
_NAMES = {"gex.duckdb", "gex.duckdb.wal", "strikes", "snapshots", "journal", "staging", "server.json"}


def lake_content(lake: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows of a lake, from DuckDB and from Parquet, by what they are."""
    with database_of(lake) as database:
        found = {
            "snapshots": database.execute(_SNAPSHOTS).fetchall(),
            "rejects": database.execute(_REJECTS).fetchall(),
            "lineage": database.execute(_LINEAGE).fetchall(),
        }
        for name, query in (("ladders", _LADDERS), ("copies", _COPIES)):
            folder = "strikes" if name == "ladders" else "snapshots"
            glob = str(lake / folder / "*" / "*" / "*" / "*" / "*.parquet")
            found[name] = database.execute(query.format(glob)).fetchall()
    return found


def lake_digest(lake: Path) -> dict[str, tuple[Any, ...]]:
    """Give the number of rows of each kind and a hash over all of them: to compare larger lakes in less time."""
    with database_of(lake) as database:
        queries = {"snapshots": _SNAPSHOTS, "rejects": _REJECTS, "lineage": _LINEAGE}
        for name, query in (("ladders", _LADDERS), ("copies", _COPIES)):
            folder = "strikes" if name == "ladders" else "snapshots"
            queries[name] = query.format(lake / folder / "*" / "*" / "*" / "*" / "*.parquet")
        digest = "select count(*), sum(hash(row)) from ({}) row"
        return {name: database.execute(digest.format(query)).fetchall()[0] for name, query in queries.items()}


def nothing_half_done(lake: Path) -> bool:
    """Whether all that lies in the lake is what the database knows, and the other way round, and no run seems to go on.

    So staging is empty, every Parquet file is a part, and the journal has an entry for each commit.
    """
    staging = lake / "staging"
    with database_of(lake) as database:
        known = {name for (name,) in database.execute("select name from parts").fetchall()}
        left = "select (select count(*) from retired_parts), count(*) from import_runs where status = 'running'"
        unfinished = database.execute(left).fetchall()
        commits = database.execute("select position from journal").fetchall()[0][0]
    found = [{path.stem for path in (lake / kind).rglob("*.parquet")} for kind in ("strikes", "snapshots")]
    strange = {path.name for path in lake.iterdir() if not path.name.startswith(_ASIDE)} - _NAMES
    entries = sorted(int(path.stem) for path in (lake / "journal").glob("*.jsonl"))
    empty = not (staging.exists() and any(staging.iterdir()))
    journalled = entries == list(range(1, commits + 1))
    return empty and journalled and found == [known, known] and unfinished == [(0, 0)] and not strange


def same(lake: Path, other: Path) -> bool:
    """Whether two lakes hold the same, row by row, and nothing is half done in the first one."""
    return nothing_half_done(lake) and lake_content(lake) == lake_content(other)
