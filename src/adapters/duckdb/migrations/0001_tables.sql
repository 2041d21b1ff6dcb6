-- gex_snapshots has neither key nor index: parts arrive in order of time, so the zone maps find a moment as fast, and an
-- index would only slow the writing. extra and envelope hold JSON as text: the type JSON refuses the escape of a lone
-- surrogate ("\ud800"), which JSON allows and sources contain; every JSON function takes the text too.
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
    -- What DuckDB takes by itself for words of several KB is slower by far, and packs them less.
    raw BLOB NOT NULL USING COMPRESSION zstd, raw_md5 VARCHAR NOT NULL, replayed_in VARCHAR
);
CREATE VIEW coverage AS
    SELECT ticker, package, category, date,
        count(*) AS snapshots, sum(strike_count)::BIGINT AS strikes, count_if(flagged)::BIGINT AS flagged,
        min(timestamp) AS first, max(timestamp) AS last
    FROM gex_snapshots GROUP BY ALL ORDER BY ALL;
