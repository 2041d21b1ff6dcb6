"""Servers on loopback as processes, and those who ask them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from data import GEXLAKE
from measure import end_session, memory, session_seconds

HOST = "127.0.0.1"
_HERE = Path(__file__).parent
_PATIENCE = 60
#: What share of the time a server computes that nobody asks, and how often it is looked at until it does no more.
_AT_REST, _UNTIL_AT_REST = 0.05, 600
#: Nobody reads the log, and the generator is one address that asks as fast as hundreds of clients.
UNHINDERED = {"GEXLAKE_RATE_LIMIT": "off", "GEXLAKE_LOG_LEVEL": "error", "GEXLAKE_API_KEYS": ""}
#: Every answer is worked out anew.
FORGETFUL = {"GEXLAKE_CACHE": "none"}


class Server:
    """A server process; a context that ends it and all its workers."""

    def __init__(self, command: Sequence[str | Path | int], environment: dict[str, str], port: int) -> None:
        self.port = port
        words = [str(word) for word in command]
        self._process = subprocess.Popen(
            words, stderr=subprocess.DEVNULL, env=os.environ | environment, start_new_session=True
        )

    @classmethod
    def gexlake(cls, lake: Path, **environment: str) -> Self:
        """Begin ``gexlake serve``."""
        port = _free_port()
        return cls([GEXLAKE, "serve", "--lake", lake, "--port", port], UNHINDERED | environment, port)

    @classmethod
    def route(cls, lake: Path, database: Path) -> Self:
        """Begin the predecessor's route."""
        port = _free_port()
        return cls([sys.executable, _HERE / "route.py", lake, database, port], {}, port)

    def __enter__(self) -> Self:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.__exit__()
                    raise SystemExit(f"The server did not start: {self._process.args!r}") from error
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        finally:
            end_session(self._process)

    def rest(self, look: float) -> Self:
        """Wait until it has read ahead what it wants, and has done nothing any more for so many seconds."""
        for _ in range(_UNTIL_AT_REST):
            before = self.cpu_seconds()
            time.sleep(look)
            if self.cpu_seconds() - before < _AT_REST * look:
                return self
        raise SystemExit(f"The server never rests: {self._process.args!r}")

    def cpu_seconds(self) -> float:
        """Give the CPU time that it has taken, with its workers."""
        return session_seconds(self._process.pid)

    def megabytes(self) -> float:
        """Give the memory that it holds."""
        return memory(self._process.pid)[1] / 1e6

    def ask(self, path: str, body: Any = None, **parameters: Any) -> tuple[float, int, bytes]:
        """Get a path, or post a body to it; give the seconds that it took, the status and the bytes."""
        with closing(HTTPConnection(HOST, self.port, timeout=_PATIENCE)) as connection:
            connection.connect()
            method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
            headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
            begun = time.perf_counter()
            connection.request(method, f"{path}?{urlencode(parameters)}" if parameters else path, content, headers)
            answer = connection.getresponse()
            text = answer.read()
            return time.perf_counter() - begun, answer.status, text

    def load(self, paths: Sequence[str], rate: float, seconds: float, seed: int) -> dict[str, Any]:
        """Have the generator ask some paths at random, so many a second; 0 is one client that waits for each answer."""
        plan = {"host": HOST, "port": self.port, "paths": paths, "rate": rate, "seed": seed}
        plan |= {"seconds": seconds, "warm_up": min(1.0, seconds / 4)}
        generator = subprocess.Popen(
            [sys.executable, _HERE / "load.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            told, _ = generator.communicate(json.dumps(plan))
            if generator.returncode:
                raise SystemExit(f"The load generator failed with status {generator.returncode}.")
        finally:
            end_session(generator)
        found: dict[str, Any] = json.loads(told)
        return found


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
