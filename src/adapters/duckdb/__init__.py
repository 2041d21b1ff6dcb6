"""The lake's database: one DuckDB file that holds snapshots, parts, runs, lineage and rejects."""
