"""gexlake: options gamma exposure (GEX) history, from JSON files into a lake of DuckDB and Parquet.

``gexlake.open`` asks a lake from Python; ``docs/python.md`` shows how.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .domain.errors import FeedAmbiguous, GexlakeError, LakeBusy, LakeNotFound, SnapshotNotFound
    from .domain.snapshot import GexSnapshot
    from .entrypoints.python.open_lake import OpenLake

__version__ = "0.1.0"
__all__ = [
    "FeedAmbiguous",
    "GexSnapshot",
    "GexlakeError",
    "LakeBusy",
    "LakeNotFound",
    "OpenLake",
    "SnapshotNotFound",
    "open",
]
#: Where the names live that do not live here; each is loaded when it is used, for which no command must wait.
_HOMES = {"GexSnapshot": "domain.snapshot", "OpenLake": "entrypoints.python.open_lake"}


def open(folder: str | Path | None = None) -> OpenLake:  # noqa: A001  # as gzip.open: nobody imports it without its module
    """Give a lake to ask, see ``OpenLake``; without a folder, that of the settings.

    Raises:
        LakeNotFound: there is none. Or another ``GexlakeError``, as its questions would raise it.
    """
    from .entrypoints.python.open_lake import open_lake  # the command must not wait for it

    return open_lake(folder)


def __getattr__(name: str) -> Any:
    """Load a name from where it lives."""
    if name in __all__:
        return getattr(import_module(f".{_HOMES.get(name, 'domain.errors')}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
