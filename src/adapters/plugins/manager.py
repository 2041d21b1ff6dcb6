"""Finding and loading plugins, one at a time, so that a broken one does not take the others down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from ...domain.errors import GexlakeError
from ...domain.sentences import in_a_line
from . import builtin, hookspecs
from .hookspecs import PROJECT, PluginCommand
from .loaded import PORTS, FailedPlugin, LoadedPlugin, Plugins

#: The entry points of gexlake itself.
OWN = ("builtin", "commands")


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
            f"{first} and {second} both bring a {kind} called {name!r}. "
            "Uninstall one of them, or have its name changed."
        )


def load_plugins(
    *,
    strict: bool = False,
    twice: bool = False,
    found: Iterable[EntryPoint] | None = None,
    own: Mapping[str, ModuleType] | None = None,
) -> Plugins:
    """Load the built-in adapters and every plugin that is installed (or ``found``).

    ``own`` are further modules of gexlake, by the names of their entry points. With ``twice`` a plugin that brings a
    name which is taken is reported among the failed ones.

    Raises:
        AdapterNamedTwice: two of them bring one name.
        PluginBroken: one does not work, and ``strict`` wants all to.
    """
    loader = _Loader()
    for name, module in {OWN[0]: builtin, **(own or {})}.items():
        loader.load(LoadedPlugin(name, PROJECT), partial(_itself, module), twice=False)
    for entry in entry_points(group=PROJECT) if found is None else found:
        distribution = entry.dist.name if entry.dist else "an unnamed distribution"
        # Ours are loaded already: from a source tree that is not installed there would be no entry points.
        if (distribution, entry.name) not in {(PROJECT, name) for name in OWN}:
            # Asked only now: each question parses all that the distribution says of itself.
            version = entry.dist.version if entry.dist else ""
            loader.load(LoadedPlugin(entry.name, distribution, version), entry.load, twice=twice)
    if strict and loader.failed:
        first = loader.failed[0]
        raise PluginBroken(first.name, first.distribution, first.reason)
    return loader.plugins()


def _itself(module: ModuleType) -> ModuleType:
    return module


class _Loader:
    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._brought: dict[str, dict[str, Any]] = {port.hook: {} for port in PORTS}
        self._from: dict[tuple[str, str], LoadedPlugin] = {}
        self._loaded: list[LoadedPlugin] = []
        self.failed: list[FailedPlugin] = []

    def load(self, plugin: LoadedPlugin, load: Callable[[], object], *, twice: bool) -> None:
        """Load one plugin and take what it brings, or note why that is impossible."""
        key = f"{plugin.distribution}:{plugin.name}"
        try:
            module = load()
            self._manager.register(module, key)
            self._manager.check_pending()
            brought = {port.hook: self._call(port.hook, module) for port in PORTS}
            self._refuse_taken(brought, plugin)
        except (Exception, SystemExit) as error:  # a script that leaves, too, would take every command with it
            if self._manager.has_plugin(key):
                self._manager.unregister(name=key)
            if isinstance(error, AdapterNamedTwice) and not twice:
                raise
            # A stranger's code may fail in any way.
            self.failed.append(FailedPlugin(plugin.name, plugin.distribution, in_a_line(error)))
            return
        for hook, factories in brought.items():
            self._brought[hook] |= factories
            self._from |= {(hook, name): plugin for name in factories}
        self._loaded.append(plugin)

    def plugins(self) -> Plugins:
        """Give what was brought; readers in the order in which they are asked."""
        fields = {port.field: self._brought[port.hook] for port in PORTS}
        # Those of gexlake come last, as they are listed: one takes any folder, and others know theirs.
        fields["readers"] = dict(sorted(fields["readers"].items(), key=self._order_of_readers))
        origins = {(port.name, name): self._from[port.hook, name] for port in PORTS for name in fields[port.field]}
        return Plugins(**fields, origins=origins, loaded=tuple(self._loaded), failed=tuple(self.failed))

    def _order_of_readers(self, item: tuple[str, Any]) -> tuple[bool, str]:
        own = self._from["gexlake_source_readers", item[0]].distribution == PROJECT
        return own, "" if own else item[0]

    def _call(self, hook: str, module: object) -> dict[str, Any]:
        """Call a hook of one plugin only."""
        others = [other for other in self._manager.get_plugins() if other is not module]
        answers = self._manager.subset_hook_caller(hook, others)()
        wanted = (lambda brought: isinstance(brought, PluginCommand)) if hook == "gexlake_commands" else callable
        factories: dict[str, Any] = {}
        for answer in answers:
            if not isinstance(answer, Mapping) or not all(
                isinstance(name, str) and wanted(factory) for name, factory in answer.items()
            ):
                kind = "PluginCommands" if hook == "gexlake_commands" else "factories"
                raise TypeError(f"{hook} gave {answer!r:.80} instead of {kind} by name")
            factories |= answer
        return factories

    def _refuse_taken(self, brought: Mapping[str, Mapping[str, Any]], plugin: LoadedPlugin) -> None:
        for port in PORTS:
            for name in brought[port.hook]:
                if first := self._from.get((port.hook, name)):
                    raise AdapterNamedTwice(port.name, name, str(first), str(plugin))
