"""The lake's database: one DuckDB file that holds snapshots, parts, runs, lineage and rejects."""

from __future__ import annotations

from .lake import DuckDbLake
from .lineage import DuckDbLineageStore
from .snapshots import DuckDbSnapshotStore
from .unit_of_work import DuckDbUnitOfWork

__all__ = ["DuckDbLake", "DuckDbLineageStore", "DuckDbSnapshotStore", "DuckDbUnitOfWork"]
