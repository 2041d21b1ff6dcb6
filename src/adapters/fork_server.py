"""The server that workers are forked from: it imports what they need once, and may do so ahead of time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from io import RawIOBase
from multiprocessing.context import BaseContext
from pathlib import Path

_ROOT = __name__.partition(".")[0]
#: What the server imports: all that workers need. A worker imports the main program in any case.
HEAVY_MODULES = ("__main__", f"{_ROOT}.adapters.worker_modules")
#: Imported by a server that is to give way, before all that takes long; its workers inherit what that does.
GIVING_WAY = f"{_ROOT}.adapters.giving_way"
_LOWEST = 19
#: A session of this niceness gets a tenth of what another gets, as long as that wants all there is. With more, answers
#: come late; as it is, whoever asks a server without a pause, or computes beside it, comes near to starving an import.
_LOW = 10
_TRIES, _PAUSE = 20, 0.15
_AUTOGROUP = Path("/proc/self/autogroup")


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
    """Start the server, deaf to Ctrl-C like all that is forked from it: the main process heeds it for all of them."""
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # which would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def give_way() -> None:
    """Have this process, and those that it starts, leave the processors to whoever else wants them; twice is as once.

    Linux may share them out among sessions first (``sched_autogroup_enabled``). Niceness counts only within one then,
    and whatever the process takes, the others of its session lack: so it goes into one of its own, of low priority.
    """
    if not hasattr(os, "nice") or os.getpriority(os.PRIO_PROCESS, 0) >= _LOWEST:
        return
    os.nice(_LOWEST)
    # Opened first: a session whose niceness cannot be set would get as much as any other.
    with suppress(OSError), _AUTOGROUP.open("wb", buffering=0) as group:
        os.setsid()
        _set(group)


def _set(group: RawIOBase) -> None:
    """Set the niceness of a session, which the system allows one session in a tenth of a second."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            group.write(b"%d" % _LOW)
            return
        time.sleep(_PAUSE)
