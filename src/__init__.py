"""gexlake: options gamma exposure (GEX) history, from JSON files into a lake of DuckDB and Parquet.

``gexlake.open`` asks a lake from Python; ``docs/python.md`` shows how.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entrypoints.open_lake import OpenLake

__version__ = "0.1.0"


def open(folder: str | Path | None = None) -> OpenLake:  # noqa: A001  # as gzip.open: nobody imports it without its module
    """Give a lake to ask; without a folder, that of the settings.

    Raises:
        LakeNotFound: there is none. Or another ``GexlakeError``, as its questions would raise it.
    """
    from .entrypoints.open_lake import open_lake  # the command must not wait for it

    return open_lake(folder)
