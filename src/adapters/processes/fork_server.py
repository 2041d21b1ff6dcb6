"""The server that workers are forked from: it imports what they need once, and may do so ahead of time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.context import BaseContext

_ROOT = __name__.partition(".")[0]
#: What the server imports: all that workers need. A worker imports the main program in any case.
HEAVY_MODULES = ("__main__", f"{_ROOT}.adapters.processes.worker_modules")
#: Imported by a server that is to give way, before all that takes long; its workers inherit what that does.
GIVING_WAY = f"{_ROOT}.adapters.processes.giving_way"
_LOWEST = 19


def context_of(preload: Sequence[str] = HEAVY_MODULES, *, gives_way: bool = False) -> BaseContext:
    """Give the way to start processes: by the server, which may give way, or each anew where the system cannot fork.

    The server begins to import what they need, while this process goes on.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([GIVING_WAY, *preload] if gives_way else list(preload))
    with suppress(OSError):  # whoever needs it starts it again, and hears the reason
        _start()
    return context


def start_early(*, gives_way: bool = False) -> None:
    """Have the server import what workers need ahead of time; no harm if there is no work after all."""
    context_of(gives_way=gives_way)


def _start() -> None:
    """Start the server, deaf to terminals like all that is forked from it: the main process heeds them for all.

    It must hear of the ends of its children, even if whatever began this process had that signal blocked: the main
    process would wait for them for ever.
    """
    from multiprocessing import forkserver, resource_tracker

    of_terminals = {signal.SIGINT, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, of_terminals)
    try:
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, of_terminals)  # it has let some through again
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def give_way() -> None:
    """Have this process, and those that it starts, leave the processors to whoever else wants them; twice is as once.

    Linux has them give up a processor in the moment in which somebody else wakes (``SCHED_IDLE``), where a process that
    is merely nice first goes on for some milliseconds, each time. This holds within a session, of those among which
    processors are shared out first (``sched_autogroup_enabled``), so they stay in that of the process that answers.
    """
    if not hasattr(os, "nice") or os.getpriority(os.PRIO_PROCESS, 0) >= _LOWEST:
        return
    os.nice(_LOWEST)
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may forbid it
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
