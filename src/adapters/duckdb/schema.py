"""The tables of the database, as numbered steps that only go forward."""

from __future__ import annotations

import duckdb

from ...domain.errors import GexlakeError, LakeDamaged, LakeTooNew

#: Step n leads from version n to n + 1. A step that was released never changes; a change is another step.
#:
#: gex_snapshots has neither key nor index: parts arrive in order of time, so the zone maps find a moment as fast, and
#: an index would only slow the writing. ``extra`` and ``envelope`` hold JSON as text: the type JSON refuses the escape
#: of a lone surrogate ("\ud800"), which JSON allows and sources contain; every JSON function takes the text too.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE gex_snapshots (
        ticker VARCHAR NOT NULL, package VARCHAR NOT NULL, category VARCHAR NOT NULL,
        timestamp TIMESTAMPTZ NOT NULL,
        spot DOUBLE, zero_gamma DOUBLE, net_gex DOUBLE,
        major_pos_vol DOUBLE, major_pos_oi DOUBLE, major_neg_vol DOUBLE, major_neg_oi DOUBLE,
        sum_gex_vol DOUBLE, sum_gex_oi DOUBLE, delta_risk_reversal DOUBLE,
        min_dte INTEGER, sec_min_dte INTEGER,
        max_priors DOUBLE[][], extra VARCHAR, envelope VARCHAR,
        strike_count INTEGER NOT NULL, flagged BOOLEAN NOT NULL, content_hash BIGINT NOT NULL,
        file_id BIGINT NOT NULL, record BIGINT NOT NULL,
        date DATE NOT NULL, part VARCHAR NOT NULL
    );
    CREATE TABLE parts (
        name VARCHAR NOT NULL, unit VARCHAR NOT NULL,
        ticker VARCHAR NOT NULL, package VARCHAR NOT NULL, category VARCHAR NOT NULL, date DATE NOT NULL,
        snapshots BIGINT NOT NULL, strikes BIGINT NOT NULL,
        first TIMESTAMPTZ NOT NULL, last TIMESTAMPTZ NOT NULL,
        ladder_bytes BIGINT NOT NULL, ladder_digest VARCHAR NOT NULL,
        snapshot_bytes BIGINT NOT NULL, snapshot_digest VARCHAR NOT NULL
    );
    CREATE TABLE retired_parts AS FROM parts;
    CREATE TABLE import_runs (
        import_id VARCHAR NOT NULL, source VARCHAR NOT NULL, status VARCHAR NOT NULL,
        started_at TIMESTAMPTZ NOT NULL, finished_at TIMESTAMPTZ, duration_seconds DOUBLE NOT NULL,
        dry_run BOOLEAN NOT NULL, options VARCHAR NOT NULL,
        files_found BIGINT NOT NULL, files_imported BIGINT NOT NULL, files_unchanged BIGINT NOT NULL,
        files_partial BIGINT NOT NULL, files_failed BIGINT NOT NULL, files_unsupported BIGINT NOT NULL,
        read BIGINT NOT NULL, accepted BIGINT NOT NULL, duplicates BIGINT NOT NULL, rounding_twins BIGINT NOT NULL,
        conflicts BIGINT NOT NULL, rejected BIGINT NOT NULL, flagged BIGINT NOT NULL, skipped BIGINT NOT NULL,
        strikes BIGINT NOT NULL, bytes_read BIGINT NOT NULL,
        days VARCHAR NOT NULL, errors VARCHAR[] NOT NULL
    );
    CREATE TABLE lineage (
        file_id BIGINT NOT NULL, import_id VARCHAR NOT NULL, source_file VARCHAR NOT NULL,
        size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL, digest VARCHAR NOT NULL,
        form VARCHAR NOT NULL, feeds VARCHAR[] NOT NULL, selection VARCHAR NOT NULL, status VARCHAR NOT NULL,
        read BIGINT NOT NULL, accepted BIGINT NOT NULL, duplicates BIGINT NOT NULL, rounding_twins BIGINT NOT NULL,
        conflicts BIGINT NOT NULL, rejected BIGINT NOT NULL, flagged BIGINT NOT NULL, skipped BIGINT NOT NULL,
        strikes BIGINT NOT NULL, bytes_read BIGINT NOT NULL, errors VARCHAR[] NOT NULL,
        import_timestamp TIMESTAMPTZ NOT NULL, duration_seconds DOUBLE NOT NULL
    );
    CREATE TABLE rejects (
        reject_id BIGINT NOT NULL, file_id BIGINT NOT NULL, record BIGINT NOT NULL, byte_offset BIGINT,
        reason VARCHAR NOT NULL, detail VARCHAR NOT NULL, ticker VARCHAR, timestamp TIMESTAMPTZ,
        raw BLOB NOT NULL, raw_md5 VARCHAR NOT NULL, replayed_in VARCHAR
    );
    CREATE VIEW coverage AS
        SELECT ticker, package, category, date,
            count(*) AS snapshots, sum(strike_count)::BIGINT AS strikes, count_if(flagged)::BIGINT AS flagged,
            min(timestamp) AS first, max(timestamp) AS last
        FROM gex_snapshots GROUP BY ALL ORDER BY ALL;
    """,
)
#: What tells one row from another, where a row may be written again. There are no indexes: these tables are small.
KEYS = {"parts": "name", "retired_parts": "name", "import_runs": "import_id", "lineage": "file_id"}


def version_of(connection: duckdb.DuckDBPyConnection, lake: str, known: int) -> int:
    """Give the version of an open database, up to the newest one known; 0 for an empty one.

    Raises:
        LakeDamaged: it holds tables, but not ours.
        LakeTooNew: a newer gexlake wrote it.
    """
    tables = {str(name) for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "lake_version" not in tables:
        if tables:
            raise LakeDamaged(lake, f"its database holds other tables ({', '.join(sorted(tables)[:3])}), not gexlake's")
        return 0
    found = int(connection.execute("SELECT coalesce(max(version), 0) FROM lake_version").fetchall()[0][0])
    if found > known:
        raise LakeTooNew(lake, found, known)
    return found


def migrate(connection: duckdb.DuckDBPyConnection, lake: str, migrations: tuple[str, ...]) -> None:
    """Bring the database to the newest version, all steps or none."""
    found = version_of(connection, lake, len(migrations))
    if found == len(migrations):
        return
    connection.begin()
    if found == 0:
        connection.execute("CREATE TABLE lake_version (version INTEGER NOT NULL, applied_at TIMESTAMPTZ NOT NULL)")
    for number, step in enumerate(migrations[found:], found + 1):
        connection.execute(step)
        connection.execute("INSERT INTO lake_version VALUES (?, now())", [number])
    connection.commit()


def check(connection: duckdb.DuckDBPyConnection, lake: str, migrations: tuple[str, ...]) -> None:
    """Make sure that a database opened for reading can be read as it is."""
    found = version_of(connection, lake, len(migrations))
    if found < len(migrations):
        raise GexlakeError(
            f"The lake {lake} has schema version {found} and must be brought to {len(migrations)}. "
            "Open it once for writing, for example with 'gexlake import'."
        )
