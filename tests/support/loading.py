"""Imports what gexlake loads, and makes what DuckDB makes, only at its first use: each fork would do so anew."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

import duckdb

#: The packages whose modules commands load, each when it needs it; workers load what ``worker_modules`` does.
_PACKAGES = (
    "application.asking",
    "application.columns",
    "application.importing",
    "application.importing.clearing",
    "application.importing.committing",
    "application.importing.planning",
    "application.importing.staging",
    "application.importing.stored",
    "application.keeping",
    "application.ports",
    "application.proving",
    "adapters.disk",
    "adapters.duckdb",
    "adapters.journal",
    "adapters.legacy",
    "adapters.memory",
    "adapters.parquet",
    "entrypoints.cli",
    "entrypoints.cli.asked",
    "entrypoints.cli.commands",
    "entrypoints.cli.ending",
    "entrypoints.cli.handover",
    "entrypoints.cli.output",
    "entrypoints.cli.startup",
    "entrypoints.cli.terminal",
)
_MODULES = ("adapters.nyse_calendar", "adapters.processes.process_pool", "adapters.processes.worker_modules")


def load_all() -> None:
    """Import what commands and their workers import while they run, but for what serves."""
    for name in _MODULES:
        import_module(f"gexlake.{name}")
    for name in _PACKAGES:
        package = import_module(f"gexlake.{name}")
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            with suppress(ImportError):  # what is compiled need not be there, nor simdjson
                import_module(module.name)
    import_module("holidays").financial_holidays("NYSE", years=2025)
    entry_points(group="gexlake")  # what is installed is listed once for all who look for plugins
    with duckdb.connect(config={"threads": 1}) as database:  # one: threads do not come along with a fork
        database.execute("create table numbers as select 1 as one")
        database.sql("select count(*), sum(one) from numbers group by all order by all").to_arrow_table()
