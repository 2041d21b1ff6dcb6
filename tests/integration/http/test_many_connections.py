"""More connections than a server may open files, over real ones."""

import resource
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.commands import Commands
from support.server import Server

prlimit = getattr(resource, "prlimit", None)
pytestmark = pytest.mark.skipif(prlimit is None, reason="Linux alone lets the limits of another process be asked for")
FILES = resource.RLIMIT_NOFILE


def test_server_may_open_as_many_files_as_the_system_grants(tmp_path: Path) -> None:
    """Not only as many as a shell begins with."""
    soft, hard = resource.getrlimit(FILES)
    resource.setrlimit(FILES, (100, hard))
    try:
        server = Server(tmp_path / "lake")
    finally:
        resource.setrlimit(FILES, (soft, hard))
    with server:
        assert prlimit is not None
        now, most = prlimit(server.pid, FILES)
        assert 100 < now <= most == hard
        assert server.stop() == 0


def test_server_without_files_for_connections_says_so_once(commands: Commands, tmp_path: Path) -> None:
    """Its log is not flooded; who waits is answered when others have hung up."""
    with Server(tmp_path / "lake", commands, GEXLAKE_LOG_LEVEL="warning") as server:
        assert prlimit is not None
        prlimit(server.pid, FILES, (64, 64))
        place = urlsplit(server.url)
        with ExitStack() as connections:
            for _ in range(80):
                connections.enter_context(socket.create_connection((place.hostname, place.port)))
            assert "Connections wait: the system lets the server open no more files" in server.next_line()
        assert server.ask("/health")[0] == 200
        server.signal(signal.SIGTERM)
        assert server.next_line() == ""
        assert server.wait() == 0
