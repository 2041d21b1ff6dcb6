"""Finding and loading plugins, one at a time, so that a broken one does not take the others down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from ...domain.errors import GexlakeError
from . import builtin, hookspecs
from .hookspecs import PROJECT, CacheFactory, LakeFactory, ReaderFactory, WorkPoolFactory

#: The hooks, and the field of ``Plugins`` that holds what each one brings.
_FIELDS = {
    "gexlake_source_readers": "readers",
    "gexlake_lakes": "lakes",
    "gexlake_caches": "caches",
    "gexlake_work_pools": "work_pools",
}
_KINDS = {"readers": "a reader", "lakes": "a lake adapter", "caches": "a cache", "work_pools": "a work pool"}
BUILTIN = "builtin"


class PluginBroken(GexlakeError):
    """A plugin cannot be loaded, and plugins have to be whole."""

    def __init__(self, plugin: str, distribution: str, reason: str) -> None:
        self.plugin, self.distribution, self.reason = plugin, distribution, reason
        super().__init__(
            f"The plugin {plugin} of {distribution} is broken: {reason}. "
            f"Upgrade {distribution} or uninstall it, or allow broken plugins."
        )


class AdapterNamedTwice(GexlakeError):
    """Two plugins bring an adapter of the same name, so that nobody could say which one is meant."""

    def __init__(self, kind: str, name: str, first: str, second: str) -> None:
        self.kind, self.name, self.first, self.second = kind, name, first, second
        super().__init__(
            f"{first} and {second} both bring {kind} called {name!r}. Uninstall one of them, or have its name changed."
        )


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that works: the name of its entry point and the distribution it came with."""

    name: str
    distribution: str


@dataclass(frozen=True, slots=True)
class FailedPlugin:
    """A plugin that does not work, and why."""

    name: str
    distribution: str
    reason: str


@dataclass(frozen=True)
class Plugins:
    """What the plugins bring: factories by name."""

    readers: Mapping[str, ReaderFactory]
    lakes: Mapping[str, LakeFactory]
    caches: Mapping[str, CacheFactory]
    work_pools: Mapping[str, WorkPoolFactory]
    loaded: tuple[LoadedPlugin, ...] = ()
    failed: tuple[FailedPlugin, ...] = ()


def load_plugins(*, strict: bool = False, found: Iterable[EntryPoint] | None = None) -> Plugins:
    """Load the built-in adapters and every plugin that is installed (or ``found``).

    Raises:
        AdapterNamedTwice: two of them bring one name.
        PluginBroken: one does not work, and ``strict`` wants all to.
    """
    loader = _Loader()
    loader.load(BUILTIN, PROJECT, lambda: builtin)
    for entry in entry_points(group=PROJECT) if found is None else found:
        distribution = entry.dist.name if entry.dist else "an unnamed distribution"
        if distribution == PROJECT and entry.name == BUILTIN:
            continue  # loaded already: from a source tree that is not installed there would be no entry point
        loader.load(entry.name, distribution, entry.load)
    if strict and loader.failed:
        first = loader.failed[0]
        raise PluginBroken(first.name, first.distribution, first.reason)
    return loader.plugins()


class _Loader:
    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._brought: dict[str, dict[str, Any]] = {hook: {} for hook in _FIELDS}
        self._from: dict[tuple[str, str], str] = {}
        self._loaded: list[LoadedPlugin] = []
        self.failed: list[FailedPlugin] = []

    def load(self, name: str, distribution: str, load: Callable[[], object]) -> None:
        """Load one plugin and take what it brings, or note why that is impossible."""
        key = f"{distribution}:{name}"
        try:
            plugin = load()
            self._manager.register(plugin, key)
            self._manager.check_pending()
            brought = {hook: self._call(hook, plugin) for hook in _FIELDS}
        except Exception as error:  # noqa: BLE001  # a stranger's code may fail in any way
            if self._manager.has_plugin(key):
                self._manager.unregister(name=key)
            self.failed.append(FailedPlugin(name, distribution, _words(error)))
            return
        for hook, factories in brought.items():
            self._take(hook, factories, f"the plugin {name} of {distribution}")
        self._loaded.append(LoadedPlugin(name, distribution))

    def plugins(self) -> Plugins:
        """Give what was brought."""
        fields = {field: self._brought[hook] for hook, field in _FIELDS.items()}
        return Plugins(**fields, loaded=tuple(self._loaded), failed=tuple(self.failed))

    def _call(self, hook: str, plugin: object) -> dict[str, Any]:
        """Call a hook of one plugin only."""
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        answers = self._manager.subset_hook_caller(hook, others)()
        factories: dict[str, Any] = {}
        for answer in answers:
            if not isinstance(answer, Mapping) or not all(
                isinstance(name, str) and callable(factory) for name, factory in answer.items()
            ):
                raise TypeError(f"{hook} gave {answer!r:.80} instead of factories by name")
            factories |= answer
        return factories

    def _take(self, hook: str, factories: Mapping[str, Any], plugin: str) -> None:
        for name, factory in factories.items():
            if name in self._brought[hook]:
                raise AdapterNamedTwice(_KINDS[_FIELDS[hook]], name, self._from[hook, name], plugin)
            self._brought[hook][name], self._from[hook, name] = factory, plugin


def _words(error: Exception) -> str:
    """Say in one line what a plugin failed of."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
