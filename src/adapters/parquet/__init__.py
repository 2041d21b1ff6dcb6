"""The Parquet side of the lake: ladders and a copy of the snapshots, partitioned by feed and trading day."""
