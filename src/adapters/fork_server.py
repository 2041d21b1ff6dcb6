"""The server that workers are forked from: it imports what they need once, and may do so ahead of time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.context import BaseContext

_ROOT = __name__.partition(".")[0]
#: What a worker needs and what takes long to import; one that is not there is left out. A worker imports the main
#: program in any case.
HEAVY_MODULES = (
    "__main__",
    f"{_ROOT}.application.stage_unit",
    f"{_ROOT}.adapters.legacy.reader",
    f"{_ROOT}.adapters.parquet.sink",
    f"{_ROOT}.adapters.parquet.source",
)


def context_of(preload: Sequence[str] = HEAVY_MODULES) -> BaseContext:
    """Give the way to start processes: by the server, or each anew where the system cannot fork."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def start_early() -> None:
    """Have the server import what workers need, while this process goes on; no harm if there is no work after all."""
    if context_of().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        with suppress(OSError):  # whoever needs it starts it again, and hears the reason
            ensure_running()
