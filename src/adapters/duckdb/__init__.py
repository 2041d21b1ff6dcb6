"""The lake's database: one DuckDB file that holds snapshots, parts, runs, lineage and rejects."""

from __future__ import annotations

from .lake import DuckDbLake

__all__ = ["DuckDbLake"]
