"""The hooks of gexlake: a plugin is a module that defines some of these functions, marked with ``hookimpl``.

Its distribution names it in the entry point group ``gexlake``::

    [project.entry-points.gexlake]
    mine = "my_package.my_plugin"

Each hook gives factories by the name that a setting or an option chooses them by. A hook is called once when a
program starts, so import what is heavy in the factory, not in the module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import pluggy

if TYPE_CHECKING:  # the ports stream Arrow, which takes long to import
    import click

    from ...application.ports.query_cache import QueryCache
    from ...application.ports.simple_reader import SimpleReader
    from ...application.ports.snapshot_store import SnapshotStore
    from ...application.ports.source_reader import SourceReader
    from ...application.ports.strike_sink import StrikeStorage
    from ...application.ports.unit_of_work import Lake
    from ...application.ports.work_pool import WorkPool

PROJECT = "gexlake"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class LineageStoreFactory(Protocol):
    """Opens a lake in a folder: its lineage store, whose transaction decides what is committed, and all around it.

    The lake is made if it is not there, unless it is only to be read. A factory with a method
    ``index(folder, strikes)``, which gives a ``LakeIndex``, lets ``gexlake rebuild`` make the lake's index anew.
    """

    def __call__(self, folder: Path, strikes: StrikeStorage, *, read_only: bool) -> Lake:
        """Open it; raises LakeNotFound, LakeBusy, LakeDamaged and their like."""


class PluginCommand(NamedTuple):
    """A command of the command line: one line of help, and what loads it."""

    help: str
    load: Callable[[], click.Command]


ReaderFactory: TypeAlias = "Callable[[], SourceReader | SimpleReader]"
SnapshotStoreFactory: TypeAlias = "Callable[[Path, Lake], SnapshotStore]"
StrikeSinkFactory: TypeAlias = "Callable[[Path], StrikeStorage]"
CacheFactory: TypeAlias = "Callable[[str | None], QueryCache]"
WorkPoolFactory: TypeAlias = "Callable[[], WorkPool]"


@hookspec
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Give readers of history (``--reader NAME``); without a name, the first that knows a source reads it."""
    raise NotImplementedError


@hookspec
def gexlake_snapshot_stores() -> Mapping[str, SnapshotStoreFactory]:
    """Give what answers questions about snapshots (``GEXLAKE_SNAPSHOT_STORE``).

    The factory is given the lake's folder and the lake. A store other than the lake's own follows its commits.
    """
    raise NotImplementedError


@hookspec
def gexlake_strike_sinks() -> Mapping[str, StrikeSinkFactory]:
    """Give what holds the ladders of a lake (``GEXLAKE_STRIKE_SINK``), in the lake's folder or elsewhere."""
    raise NotImplementedError


@hookspec
def gexlake_lineage_stores() -> Mapping[str, LineageStoreFactory]:
    """Give what holds the lineage of a lake and commits its units of work (``GEXLAKE_LINEAGE_STORE``)."""
    raise NotImplementedError


@hookspec
def gexlake_caches() -> Mapping[str, CacheFactory]:
    """Give what remembers the answers of the server (``GEXLAKE_CACHE``).

    The factory is given the address in ``GEXLAKE_REDIS_URL``, or None.
    """
    raise NotImplementedError


@hookspec
def gexlake_work_pools() -> Mapping[str, WorkPoolFactory]:
    """Give what runs the workers of an import (``GEXLAKE_WORK_POOL``)."""
    raise NotImplementedError


@hookspec
def gexlake_commands() -> Mapping[str, PluginCommand]:
    """Give commands of the command line: ``gexlake NAME``. The object of the click context has ``container()``."""
    raise NotImplementedError
