"""What came of loading the plugins: adapters by port and name, who brought them, and who failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .hookspecs import (
    PROJECT,
    CacheFactory,
    LineageStoreFactory,
    PluginCommand,
    ReaderFactory,
    SnapshotStoreFactory,
    StrikeSinkFactory,
    WorkPoolFactory,
)


class PluginPort(NamedTuple):
    """A port that plugins serve: its hook, the field of ``Plugins`` it fills, and the settings that choose."""

    name: str
    hook: str
    field: str
    settings: tuple[str, ...] = ()


PORTS = (
    PluginPort("source reader", "gexlake_source_readers", "readers"),
    PluginPort("snapshot store", "gexlake_snapshot_stores", "snapshot_stores", ("snapshot_store",)),
    PluginPort("strike sink", "gexlake_strike_sinks", "strike_sinks", ("strike_sink",)),
    PluginPort("lineage store", "gexlake_lineage_stores", "lineage_stores", ("lineage_store",)),
    PluginPort("cache", "gexlake_caches", "caches", ("cache",)),
    PluginPort("work pool", "gexlake_work_pools", "work_pools", ("work_pool", "server_work_pool")),
    PluginPort("command", "gexlake_commands", "commands"),
)


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that works: the name of its entry point and the distribution it came with."""

    name: str
    distribution: str
    version: str = ""

    def __str__(self) -> str:
        return f"the plugin {self.name} of {self.distribution}"


@dataclass(frozen=True, slots=True)
class FailedPlugin:
    """A plugin that does not work, and why."""

    name: str
    distribution: str
    reason: str


@dataclass(frozen=True)
class Plugins:
    """What the plugins bring: factories by name.

    ``readers`` stand in the order in which they are asked: those of plugins by name, then gexlake's. ``origins`` says
    which plugin brought the adapter of a port (by its name in ``PORTS``) and name.
    """

    readers: Mapping[str, ReaderFactory]
    snapshot_stores: Mapping[str, SnapshotStoreFactory]
    strike_sinks: Mapping[str, StrikeSinkFactory]
    lineage_stores: Mapping[str, LineageStoreFactory]
    caches: Mapping[str, CacheFactory]
    work_pools: Mapping[str, WorkPoolFactory]
    commands: Mapping[str, PluginCommand]
    origins: Mapping[tuple[str, str], LoadedPlugin]
    loaded: tuple[LoadedPlugin, ...] = ()
    failed: tuple[FailedPlugin, ...] = ()

    def stranger(self, port: str, name: str) -> LoadedPlugin | None:
        """Give the plugin that brought the adapter of a port; None for one that comes with gexlake."""
        plugin = self.origins.get((port, name))
        return None if plugin is None or plugin.distribution == PROJECT else plugin
