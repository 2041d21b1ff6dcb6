"""Reads tables of per-strike GEX, CSV or Parquet: one row per timestamp and strike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gexlake.plugins import hookimpl

if TYPE_CHECKING:  # every command of gexlake loads this module, few need Arrow
    from gexlake.plugins import ReaderFactory, SourceReader


@hookimpl
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Bring the reader, by the name for ``--reader``."""
    return {"strike-tables": _reader}


def _reader() -> SourceReader:
    from .reader import StrikeTablesReader

    return StrikeTablesReader()
