"""Reads tables of per-strike GEX, CSV or Parquet: one row per timestamp and strike."""

from __future__ import annotations

from collections.abc import Mapping

from gexlake.plugins import ReaderFactory, SourceReader, hookimpl


@hookimpl
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Bring the reader, by the name for ``--reader``."""
    return {"strike-tables": _reader}


def _reader() -> SourceReader:
    # Imported when an import wants it: Arrow takes long, and this module is loaded by every command.
    from .reader import StrikeTablesReader

    return StrikeTablesReader()
