"""Threads of a server that leave the processors, and the interpreter, to the one that answers."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

#: A thread of this niceness gets a tenth of what another gets, as long as that wants all there is.
_LOW = 10
#: Seconds that a thread may keep the interpreter from another one. An answer lets go of it a dozen times, whenever
#: something is read, decoded or sent, and would wait for so long each time.
_A_TURN = 0.0005


def give_way_here() -> None:
    """Have this thread, and those that it starts, give way, for good; on Linux, where threads differ in niceness."""
    _give_way(threading.get_native_id())


def have_libraries_give_way() -> None:
    """Have the threads give way that libraries have started by now, not Python: those of DuckDB are the most."""
    own = {thread.native_id for thread in threading.enumerate()}
    with suppress(OSError):
        for task in Path("/proc/self/task").iterdir():
            if int(task.name) not in own:
                _give_way(int(task.name))


def take_turns_quickly() -> None:
    """Have threads that compute hand the interpreter over sooner than is usual."""
    sys.setswitchinterval(_A_TURN)


def _give_way(thread: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):  # it has ended, or no niceness may be set here
            os.setpriority(os.PRIO_PROCESS, thread, max(_LOW, os.getpriority(os.PRIO_PROCESS, thread)))
