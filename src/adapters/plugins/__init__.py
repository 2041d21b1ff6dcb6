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
from .loaded import PORTS, FailedPlugin, LoadedPlugin, PluginPort, Plugins
from .manager import AdapterNamedTwice, PluginBroken, load_plugins

__all__ = [
    "PORTS",
    "AdapterNamedTwice",
    "CacheFactory",
    "FailedPlugin",
    "LineageStoreFactory",
    "LoadedPlugin",
    "PluginBroken",
    "PluginCommand",
    "PluginPort",
    "Plugins",
    "ReaderFactory",
    "SnapshotStoreFactory",
    "StrikeSinkFactory",
    "WorkPoolFactory",
    "hookimpl",
    "load_plugins",
]
