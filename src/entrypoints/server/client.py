"""How a command on a server's machine talks to it."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from ...domain.errors import GexlakeError
from .server_file import STORES, ServerFile

#: The server says something at least every fifteen seconds while an import runs.
_SILENCE = 60.0
_OK, _FORBIDDEN = 200, 403


class NoServer(GexlakeError):
    """Nobody answers where a server should be, or it serves another lake."""


class HandoffRefused(GexlakeError):
    """The server does not do it; its own sentence says why."""


def connect(server: ServerFile) -> HTTPConnection:
    """Make a connection to a server; it is opened by the first request."""
    place = urlsplit(server.url)
    return HTTPConnection(place.hostname or "", place.port, timeout=_SILENCE)


def post(connection: HTTPConnection, server: ServerFile, body: dict[str, Any] | bytes, path: str) -> HTTPResponse:
    """Send a body, JSON unless it is written already, and give the response, which is not read yet.

    Raises:
        NoServer: nobody is there, or somebody else.
        HandoffRefused: the server refuses; its sentence says why.
    """
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body), headers)
        response = connection.getresponse()
        refusal = b"" if response.status == _OK else response.read()
    except (OSError, HTTPException) as error:
        raise NoServer(str(error)) from error
    if response.status == _FORBIDDEN:
        raise NoServer("It has another token.")
    if response.status != _OK:
        raise HandoffRefused(_sentence(refusal, server))
    return response


def answer(connection: HTTPConnection, server: ServerFile, body: dict[str, Any] | bytes, path: str) -> bytes:
    """Send a body, as ``post`` does, and give all that the server says to it.

    Raises:
        NoServer, HandoffRefused: see ``post``; there is none either where it ends over its answer.
    """
    response = post(connection, server, body, path)
    try:
        return response.read()
    except (OSError, HTTPException) as error:
        raise NoServer(str(error)) from error


def ask(connection: HTTPConnection, server: ServerFile, path: str, method: str = "GET") -> bytes:
    """Give what the server says at a path.

    Raises:
        OSError, HTTPException: it says nothing.
    """
    connection.request(method, path, headers={"Authorization": f"Bearer {server.token}"})
    return connection.getresponse().read()


class StoreLine:
    """A line to the stores of a server's lake: one connection for all questions, one after the other."""

    def __init__(self, server: ServerFile) -> None:
        self._server, self._connection, self._turn = server, connect(server), Lock()
        self._connection.timeout = None  # of a large lake some answers take their time

    def ask(self, store: str, name: str, written: bytes) -> bytes:
        """Have a question put to a store; give the answer as it was written.

        Raises:
            NoServer, HandoffRefused: see ``post``.
        """
        with self._turn:
            try:
                return answer(self._connection, self._server, written, f"{STORES}/{store}/{name}")
            except BaseException:
                # The next question opens it anew: what is left of this one's answer is not for it.
                self._connection.close()
                raise

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _sentence(refusal: bytes, server: ServerFile) -> str:
    try:
        told = json.loads(refusal)
        # A command asks for what there is, and in the form that it must have: of its own version.
        if {"path", "problems"} & told["details"].keys():
            other = f"The server at {server.url} (process {server.pid}) is of another version of gexlake"
            return f"{other}. Stop it and begin it anew, then run the command again. (It says: {told['error']})"
        return f"{told['error']} (The server at {server.url}, process {server.pid}, says so.)"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The server at {server.url} (process {server.pid}) takes nothing over. Stop it, or look at its log."
