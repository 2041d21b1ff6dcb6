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
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pluggy

if TYPE_CHECKING:  # the ports stream Arrow, which takes long to import
    from ...application.ports.query_cache import QueryCache
    from ...application.ports.source_reader import SourceReader
    from ...application.ports.unit_of_work import Lake
    from ...application.ports.work_pool import WorkPool

PROJECT = "gexlake"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class LakeFactory(Protocol):
    """Opens a lake in a folder; it is made if it is not there, unless it is only to be read."""

    def __call__(self, folder: Path, *, read_only: bool) -> Lake:
        """Open it; raises LakeNotFound, LakeBusy, LakeDamaged and their like."""


ReaderFactory: TypeAlias = "Callable[[], SourceReader]"
CacheFactory: TypeAlias = "Callable[[], QueryCache]"
WorkPoolFactory: TypeAlias = "Callable[[], WorkPool]"


@hookspec
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Give readers of history (``--reader NAME``); without a name, the first that knows a source reads it."""
    raise NotImplementedError


@hookspec
def gexlake_lakes() -> Mapping[str, LakeFactory]:
    """Give what keeps a lake (``GEXLAKE_LAKE_ADAPTER``)."""
    raise NotImplementedError


@hookspec
def gexlake_caches() -> Mapping[str, CacheFactory]:
    """Give what remembers the answers of the server (``GEXLAKE_CACHE``)."""
    raise NotImplementedError


@hookspec
def gexlake_work_pools() -> Mapping[str, WorkPoolFactory]:
    """Give what runs the workers of an import (``GEXLAKE_WORK_POOL``)."""
    raise NotImplementedError
