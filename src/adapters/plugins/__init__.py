"""Plugins: the hooks that adapters enter through, built-in ones and strangers' alike."""

from __future__ import annotations

from .hookspecs import CacheFactory, LakeFactory, ReaderFactory, WorkPoolFactory, hookimpl
from .manager import AdapterNamedTwice, FailedPlugin, LoadedPlugin, PluginBroken, Plugins, load_plugins

__all__ = [
    "AdapterNamedTwice",
    "CacheFactory",
    "FailedPlugin",
    "LakeFactory",
    "LoadedPlugin",
    "PluginBroken",
    "Plugins",
    "ReaderFactory",
    "WorkPoolFactory",
    "hookimpl",
    "load_plugins",
]
