"""``gexlake serve`` as a process, and clients of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from support.commands import Begun, Commands

COMMAND = [sys.executable, "-m", "gexlake.entrypoints.cli.main"]
SECONDS = 60


#: Clients of a test ask as fast as they can, and nobody reads what the server logs.
UNHINDERED = {"GEXLAKE_RATE_LIMIT": "off", "GEXLAKE_LOG_LEVEL": "error"}


class Server:
    """A server process on a free port; a context that kills it if it is still there at the end.

    It is forked by ``commands`` if they are given, which takes milliseconds, and else loads everything anew.
    """

    def __init__(self, lake: Path, commands: Commands | None = None, **environment: str) -> None:
        self.lake = lake
        words = ("serve", "--lake", str(lake), "--port", "0")
        self._process: subprocess.Popen[str] | Begun
        if commands is None:
            self._process = subprocess.Popen(
                [*COMMAND, *words],
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | UNHINDERED | environment,
                start_new_session=True,
            )
        else:
            self._process = commands.begin(*words, **UNHINDERED | environment)
        self.pid = self._process.pid
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        assert " at http://" in line, line + self._process.stderr.read()
        self.url = line.split(" at ")[1].split()[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def connect(self) -> HTTPConnection:
        """Give a connection."""
        place = urlsplit(self.url)
        return HTTPConnection(place.hostname or "", place.port, timeout=SECONDS)

    def ask(self, path: str, body: Any = None, /, prefer: str = "", **parameters: Any) -> tuple[int, Any]:
        """Get a path, or post a body to it; give the status and the JSON."""
        with closing(self.connect()) as connection:
            query = f"?{urlencode(parameters)}" if parameters else ""
            headers = {"Content-Type": "application/json"} | ({"Prefer": prefer} if prefer else {})
            method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
            connection.request(method, path + query, content, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def follow(self, import_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the events of an import."""
        with closing(self.connect()) as connection:
            connection.request("GET", f"/imports/{import_id}/events")
            kind = ""
            for line in connection.getresponse():
                name, _, value = line.decode().rstrip().partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield kind, json.loads(value)

    def next_line(self) -> str:
        """Wait for the next line of its log; empty when it has ended."""
        assert self._process.stderr is not None
        return str(self._process.stderr.readline())

    def stop(self) -> int:
        """Ask it to end; give its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def hang_up(self) -> int:
        """Send it and its workers what a terminal sends at its end; give its exit status."""
        os.killpg(self.pid, signal.SIGHUP)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; give its exit status."""
        _, complaints = self._process.communicate(timeout=SECONDS)
        assert "Traceback" not in complaints, complaints
        assert self._process.returncode is not None
        return self._process.returncode

    def kill(self) -> None:
        """End it as a lack of memory would."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        elif self._process.stderr:
            self._process.stderr.close()
