"""The wiring: which adapter stands behind which port. The only place that knows both."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from ..adapters.disk.sink_note import check_sink
from ..adapters.journal.files import FileJournal
from ..adapters.layers.followed_lake import FollowedLake
from ..adapters.nyse_calendar import NyseCalendar
from ..adapters.plugins.hookspecs import LineageStoreFactory, SnapshotStoreFactory, StrikeSinkFactory
from ..adapters.plugins.loaded import PORTS, PluginPort, Plugins
from ..adapters.plugins.manager import load_plugins
from ..adapters.plugins.strangers import StrangersFactory
from ..adapters.simple_reader import source_readers
from ..adapters.system_clock import SystemClock
from ..application.ports.lake_index import LakeIndex
from ..application.ports.unit_of_work import Lake
from ..domain.errors import GexlakeError, UnknownAdapter
from .injection import containers, providers
from .server.server_file import ServerFile
from .settings.model import Settings
from .settings.names import PREFIX


def open_lake(
    lineage_store: LineageStoreFactory,
    strike_sink: StrikeSinkFactory,
    snapshot_store: SnapshotStoreFactory,
    sink_name: str,
    *,
    folder: Path,
    read_only: bool,
) -> Lake:
    """Open a lake with the adapters that the settings pick.

    Raises:
        OtherSink: its ladders lie elsewhere.
        LakeNotFound, LakeBusy, LakeDamaged, LakeTooNew, DiskFull: as their names say.
    """
    lake = lineage_store(folder, strike_sink(folder), read_only=read_only)
    try:
        check_sink(folder, sink_name, lake, read_only=read_only)
        store = snapshot_store(folder, lake)
        return lake if store is lake.snapshots else FollowedLake(lake, store)
    except BaseException:
        lake.close()
        raise


def ask_lake(strike_sink: StrikeSinkFactory, sink_name: str, *, folder: Path, server: ServerFile) -> Lake:
    """Give a lake that a server has, for questions.

    Raises:
        OtherSink: its ladders lie elsewhere.
        NoServer, HandoffRefused: the server does not answer.
    """
    from ..adapters.asked.lake import AskedLake
    from .server.client import StoreLine

    lake = AskedLake(StoreLine(server), strike_sink(folder))
    try:
        check_sink(folder, sink_name, lake, read_only=True)
    except BaseException:
        lake.close()
        raise
    return lake


class IndexNotRebuildable(GexlakeError):
    """The lineage store has no index that could be made anew."""

    def __init__(self, store: str) -> None:
        super().__init__(
            f"The lineage store {store!r} keeps no index that gexlake could make anew. See how its author backs it up."
        )


def lake_index(
    lineage_store: LineageStoreFactory, strike_sink: StrikeSinkFactory, store_name: str, *, folder: Path
) -> LakeIndex:
    """Give the index of a lake as a thing.

    Raises:
        IndexNotRebuildable: its lineage store has none.
    """
    index = getattr(lineage_store, "index", None)
    if index is None:
        raise IndexNotRebuildable(store_name)
    found: LakeIndex = index(folder, strike_sink(folder))
    return found


def serve_lake(lake: Lake, max_bytes: int, disk_bytes: int) -> Lake:
    """Give a lake the memory of a server; one that another snapshot store answers for stays as it is."""
    from ..adapters.served.lake import ServedLake

    return lake if isinstance(lake, FollowedLake) else ServedLake(lake, max_bytes, disk_bytes)


def _use_case(module: str, name: str) -> Callable[..., Any]:
    """Give what makes a use case, and loads it then: no command needs many of them."""

    def make(*given: Any, **more: Any) -> Any:
        return getattr(import_module(f"..application.{module}", __package__), name)(*given, **more)

    return make


class Container(containers.DeclarativeContainer):
    """Everything that the entry points use.

    ``lake(folder=…, read_only=…)`` opens a lake, and the use cases are given one when they are made: how long
    a lake is held and for what is up to the entry point, see ``lakes``.
    """

    # What is given
    settings = providers.Dependency(instance_of=Settings)
    plugins = providers.Dependency(instance_of=Plugins)

    # Infrastructure
    clock = providers.Singleton(SystemClock)
    calendar = providers.Singleton(NyseCalendar)

    # Adapters that the settings pick by name
    lineage_store = providers.Selector(settings.provided.lineage_store)
    strike_sink = providers.Selector(settings.provided.strike_sink)
    snapshot_store = providers.Selector(settings.provided.snapshot_store)
    cache = providers.Selector(settings.provided.cache)
    work_pool = providers.Selector(settings.provided.work_pool)
    server_work_pool = providers.Selector(settings.provided.server_work_pool)

    # Adapters made of them
    readers = providers.Callable(source_readers, plugins.provided.readers)
    lake = providers.Callable(
        open_lake, lineage_store, strike_sink, snapshot_store, sink_name=settings.provided.strike_sink
    )

    asked_lake = providers.Callable(ask_lake, strike_sink, sink_name=settings.provided.strike_sink)
    index = providers.Callable(lake_index, lineage_store, strike_sink, store_name=settings.provided.lineage_store)
    journal = providers.Factory(FileJournal)
    served_lake = providers.Callable(
        serve_lake,
        max_bytes=settings.provided.query_memory_bytes,
        disk_bytes=settings.provided.query_disk_bytes,
    )

    # Use cases
    import_history = providers.Factory(
        _use_case("importing.import_history", "ImportHistory"), readers=readers, pool=work_pool, clock=clock
    )
    scan_source = providers.Factory(
        _use_case("importing.planning.scan_source", "ScanSource"), readers=readers, clock=clock
    )
    replay_rejects = providers.Factory(
        _use_case("keeping.replay_rejects", "ReplayRejects"), readers=readers, clock=clock
    )
    dismiss_rejects = providers.Factory(_use_case("keeping.dismiss_rejects", "DismissRejects"), clock=clock)
    query_gex = providers.Factory(_use_case("asking.query_gex", "QueryGex"))
    verify_lake = providers.Factory(_use_case("proving.verify_lake", "VerifyLake"), readers=readers)
    compare_sources = providers.Factory(
        _use_case("proving.compare_sources", "CompareSources"), readers=readers, clock=clock
    )
    rebuild_lake = providers.Factory(_use_case("keeping.rebuild_lake", "RebuildLake"), clock=clock)
    repair_lake = providers.Factory(_use_case("keeping.repair_lake", "RepairLake"), readers=readers, clock=clock)
    remove_source = providers.Factory(_use_case("keeping.remove_source", "RemoveSource"), readers=readers, clock=clock)
    compact_lake = providers.Factory(_use_case("keeping.compact_lake", "CompactLake"), clock=clock)
    list_flagged = providers.Factory(_use_case("asking.list_flagged", "ListFlagged"))
    survey_coverage = providers.Factory(
        _use_case("asking.survey_coverage", "SurveyCoverage"), calendar=calendar, clock=clock
    )


#: What is made once and kept, with the settings it is given; of others the factory is wanted, for each lake anew.
_SINGLETONS = {"cache": ("redis_url",), "work pool": ()}


def build_container(settings: Settings, plugins: Plugins | None = None) -> Container:
    """Wire the application, with the plugins that are installed or those given.

    Raises:
        UnknownAdapter: a setting names an adapter that no plugin brings.
        PluginBroken: a plugin does not work, and the settings want all to.
    """
    plugins = plugins or load_plugins(strict=settings.strict_plugins)
    container = Container(settings=settings, plugins=plugins)
    for port, setting in ((chosen, setting) for chosen in PORTS for setting in chosen.settings):
        wanted, found = getattr(settings, setting), getattr(plugins, port.field)
        if wanted not in found:
            raise UnknownAdapter(port.name, wanted, tuple(sorted(found)), PREFIX + setting.upper())
        selector: providers.Selector = getattr(container, setting)
        selector.set_providers(**{name: _provider(port, _told(plugins, port, name), settings) for name in found})
    container.check_dependencies()
    return container


def _told(plugins: Plugins, port: PluginPort, name: str) -> Any:
    """Give a factory; what a plugin's fails of is told as the plugin's."""
    factory = getattr(plugins, port.field)[name]
    stranger = plugins.stranger(port.name, name)
    return factory if stranger is None else StrangersFactory(factory, port.name, name, stranger)


def _provider(port: PluginPort, factory: Any, settings: Settings) -> Any:
    if port.name not in _SINGLETONS:
        return providers.Object(factory)
    return providers.Singleton(factory, *(getattr(settings, name) for name in _SINGLETONS[port.name]))
