"""The server process: it owns the lake from its start to its end, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from ...adapters.disk.refusals import refusals
from ...adapters.processes.fork_server import start_early
from ...adapters.processes.threads import have_libraries_give_way, take_turns_quickly
from ...adapters.served.lake import ServedLake
from ...application.importing.import_jobs import ImportJobs
from ...domain.errors import GexlakeError, LakeForbidden
from ..container import Container
from ..lakes import writing
from ..server.server_file import ServerFile
from ..settings.names import SERVER_WORK_POOL
from .app import create_app, make_routes
from .connections import Connection
from .freed_memory import keep_freed_memory
from .many_connections import ConnectionsWait, raise_file_limit

#: Seconds that requests in flight get to end once the server is asked to; then they are cut off.
_GRACE = 30
#: Seconds that an import gets to come to its next commit, after all requests have ended.
_LAST_COMMIT = 120
#: How many objects are made between two looks for garbage: each look, through those, holds all requests up.
_OBJECTS = 50_000
#: Seconds that a connection may lie idle: longer than proxies and clients commonly keep one. A question that is sent
#: while the server hangs up is lost.
_KEEP_ALIVE = 75
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not listened on


class AddressUnusable(GexlakeError):
    """The server cannot listen where it was told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"Nothing can be served at {host} port {port}: {reason}. Stop what listens there, or choose another "
            "address with --host and --port."
        )


class LakeNotServable(LakeForbidden):
    """A server would have to write to its lake, and may not."""

    def __init__(self, where: str, reason: str, cure: str) -> None:
        super().__init__(where, reason, cure)
        sentence = (
            f"{where} is closed to gexlake: {reason}. A server writes to its lake: {cure}, or serve a copy ('gexlake "
            "backup', 'gexlake restore'). Commands that only read need no such rights."
        )
        self.args = (sentence,)


def serve(container: Container, host: str, port: int, ready: Callable[[ServerFile], None]) -> None:
    """Serve the lake of the settings until a signal asks to stop; ``ready`` hears where once it can be asked.

    Port 0 is any that is free. SIGTERM, SIGINT and SIGHUP end it: requests in flight are
    answered, an import stops at a commit.

    Raises:
        AddressUnusable: it cannot listen there.
        LakeBusy: another process has the lake.
        LakeNotServable: the lake may not be written.
        LakeDamaged, LakeTooNew, DiskFull: as their names say.
    """
    folder: Path = container.settings().lake
    raise_file_limit()
    with ExitStack() as stack:
        listening = stack.enter_context(closing(_listen(host, port)))
        with _told_what_for(folder):
            lake = container.served_lake(stack.enter_context(writing(container)))
        have_libraries_give_way()
        if container.settings().server_work_pool != SERVER_WORK_POOL:
            # What is forked from what gives way gives way too: this one comes first.
            start_early()
        if isinstance(lake, ServedLake):
            stack.enter_context(lake.reading_ahead())
        folder.mkdir(parents=True, exist_ok=True)
        app = create_app(container, lake)
        make_routes(app)
        jobs: ImportJobs = app.state.import_jobs
        file = ServerFile.of_this_process(_url(listening))
        app.state.handoff_token = file.token
        server = _Server(_config(app), jobs)
        for number in _stops():
            before = signal.signal(number, server.handle_exit)
            stack.callback(signal.signal, number, before)
        with _told_what_for(folder):
            file.write(folder)
        stack.callback(jobs.stop, _LAST_COMMIT)
        # The first to go: no command may hand anything to a server that is ending.
        stack.callback(file.remove, folder)
        ready(file)
        keep_freed_memory()
        take_turns_quickly()
        gc.collect()
        gc.set_threshold(_OBJECTS)
        gc.freeze()  # what lives as long as the server need not be looked through again: each time all requests wait
        server.run([listening])


def _stops() -> list[signal.Signals]:
    """Give the signals that ask a server to stop; the end of its terminal does not, if it was begun to outlive it."""
    stops = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        stops.append(signal.SIGHUP)
    return stops


@contextmanager
def _told_what_for(folder: Path) -> Iterator[None]:
    """Say of a lake that may not be written that a server has to."""
    try:
        with refusals(folder):
            yield
    except LakeForbidden as closed:
        raise LakeNotServable(closed.where, closed.reason, closed.cure) from None


class _Server(uvicorn.Server):
    """Uvicorn, which tells the imports as soon as it is asked to stop: requests that wait for one would hold it up."""

    def __init__(self, config: uvicorn.Config, jobs: ImportJobs) -> None:
        super().__init__(config)
        self._jobs = jobs

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(ConnectionsWait())
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._jobs.ask_to_stop()
        super().handle_exit(sig, frame)


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # FastAPI is an ASGI application
        # uvloop takes one new connection a round: whoever comes while there is much to do waits for seconds.
        loop="asyncio",
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_KEEP_ALIVE,
    )


def _listen(host: str, port: int) -> socket.socket:
    """Take the address before the lake: whoever cannot be asked should not own one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":  # elsewhere it would let a second server in
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(socket.SOMAXCONN)
        except OSError:
            listening.close()
            raise
    except (OSError, OverflowError) as error:
        raise AddressUnusable(host, port, getattr(error, "strerror", None) or str(error)) from None
    return listening


def _url(listening: socket.socket) -> str:
    """Say how this machine reaches a server."""
    host, port = listening.getsockname()[:2]
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
