"""Plugins: the hooks that adapters enter through, built-in ones and strangers' alike."""

from __future__ import annotations

from .hookspecs import (
    CacheFactory,
    LineageStoreFactory,
    PluginCommand,
    ReaderFactory,
    SnapshotStoreFactory,
    StrikeSinkFactory,
    WorkPoolFactory,
    hookimpl,
)
from .loaded import PORTS, LoadedPlugin, PluginPort, Plugins
from .manager import AdapterNamedTwice, PluginBroken, load_plugins
from .strangers import AdapterFailed, StrangersFactory

__all__ = [
    "PORTS",
    "AdapterFailed",
    "AdapterNamedTwice",
    "CacheFactory",
    "LineageStoreFactory",
    "LoadedPlugin",
    "PluginBroken",
    "PluginCommand",
    "PluginPort",
    "Plugins",
    "ReaderFactory",
    "SnapshotStoreFactory",
    "StrangersFactory",
    "StrikeSinkFactory",
    "WorkPoolFactory",
    "hookimpl",
    "load_plugins",
]
