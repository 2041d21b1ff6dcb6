"""A server that many clients keep connections to: each is a file to the system, which lets a process have so many."""

from __future__ import annotations

import errno
import logging
from asyncio import AbstractEventLoop
from contextlib import suppress
from typing import Any

_LOG = logging.getLogger(__name__)
#: Files that a server asks for at most: where the system sets no bound, some libraries look at all there could be.
_MOST_FILES = 1 << 16
#: Seconds between two lines about connections that have to wait.
_PAUSE = 60
_NO_MORE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_WAITING = (
    "Connections wait: the system lets the server open no more files. Have that limit raised ('ulimit -Hn', "
    "LimitNOFILE= of systemd), or have a proxy keep fewer connections."
)


def raise_file_limit() -> None:
    """Let this process have as many files open as it may; what it begins with, often 1024, is for older programs."""
    with suppress(ImportError, OSError, ValueError):
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit

        soft, hard = getrlimit(RLIMIT_NOFILE)
        wanted = _MOST_FILES if hard == RLIM_INFINITY else min(hard, _MOST_FILES)
        if soft != RLIM_INFINITY and soft < wanted:
            setrlimit(RLIMIT_NOFILE, (wanted, hard))


class ConnectionsWait:
    """Says of connections for which there is no file that they wait, a line a minute.

    asyncio tries thousands of times a second, logs each try, and each once more when the server has ended.
    """

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        """Hear of what goes wrong in a loop, as its handler of exceptions."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _NO_MORE and "socket" in context:
            if loop.time() >= self._next:
                self._next = loop.time() + _PAUSE
                _LOG.warning(_WAITING)
        # A server that has ended cannot begin again to take connections: what asyncio still tries is no error.
        elif not (isinstance(error, ValueError) and "_start_serving" in context["message"]):
            loop.default_exception_handler(context)
