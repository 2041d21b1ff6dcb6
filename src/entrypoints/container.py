"""The wiring: which adapter stands behind which port. The only place that knows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..adapters.plugins import Plugins, load_plugins
from ..adapters.system_clock import SystemClock
from ..application.import_history import ImportHistory
from ..application.query_gex import QueryGex
from ..application.replay_rejects import ReplayRejects
from ..application.scan_source import ScanSource
from ..domain.errors import UnknownAdapter
from .injection import containers, providers
from .settings import Settings


class Container(containers.DeclarativeContainer):
    """Everything that the entry points use.

    ``lake(folder=…, read_only=…)`` opens a lake, and the use cases are given one when they are made: how long
    a lake is held and for what is up to the entry point, see ``lakes``.
    """

    # What is given
    settings = providers.Dependency(instance_of=Settings)
    plugins = providers.Dependency(instance_of=Plugins)

    clock = providers.Singleton(SystemClock)

    # Adapters that the settings pick by name
    lake = providers.Selector(settings.provided.lake_adapter)
    cache = providers.Selector(settings.provided.cache)
    work_pool = providers.Selector(settings.provided.work_pool)
    server_work_pool = providers.Selector(settings.provided.server_work_pool)

    # Use cases
    import_history = providers.Factory(ImportHistory, readers=plugins.provided.readers, pool=work_pool, clock=clock)
    scan_source = providers.Factory(ScanSource, readers=plugins.provided.readers, clock=clock)
    replay_rejects = providers.Factory(ReplayRejects, clock=clock)
    query_gex = providers.Factory(QueryGex)


def build_container(settings: Settings) -> Container:
    """Wire the application.

    Raises:
        UnknownAdapter: a setting names an adapter that no plugin brings.
        PluginBroken: a plugin does not work, and the settings want all to.
    """
    plugins = load_plugins(strict=settings.strict_plugins)
    container = Container(settings=settings, plugins=plugins)
    _offer(container.lake, "lake adapter", settings.lake_adapter, plugins.lakes, once=False)
    _offer(container.cache, "cache", settings.cache, plugins.caches)
    _offer(container.work_pool, "work pool", settings.work_pool, plugins.work_pools)
    _offer(container.server_work_pool, "work pool", settings.server_work_pool, plugins.work_pools)
    container.check_dependencies()
    return container


def _offer(
    selector: providers.Selector, port: str, wanted: str, found: Mapping[str, Any], *, once: bool = True
) -> None:
    """Let a selector choose among the adapters that the plugins brought, made ``once`` or at each call."""
    if wanted not in found:
        raise UnknownAdapter(port, wanted, tuple(sorted(found)))
    provide = providers.Singleton if once else providers.Factory
    selector.set_providers(**{name: provide(factory) for name, factory in found.items()})
