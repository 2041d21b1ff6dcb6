"""Handing an import to the server that owns the lake, and hearing of it as if it ran here."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from http.client import HTTPException, HTTPResponse
from typing import Any, Self

from ....application.importing.import_request import ImportRequest
from ....application.ports.progress import Progress, ProgressListener
from ....domain.errors import GexlakeError, ImportInterrupted
from ....domain.runs import ImportRun
from ...server.client import HandoffRefused, ask, connect, post
from ...server.server_file import HANDOFF, ServerFile
from ...server.wanted import WantedImport

_IMPORTS = f"{HANDOFF}/imports"
_LISTENER = ("started", "advanced", "finished")


class ServerGone(GexlakeError):
    """The server went away in the middle of an import."""

    transient = True

    def __init__(self, server: ServerFile) -> None:
        self.url, self.pid = server.url, server.pid
        super().__init__(
            f"The server at {server.url} (process {server.pid}) has gone away in the middle of the import. What was "
            "imported so far is safe; run the same command again, it goes on from there."
        )


def hand_over(server: ServerFile, request: ImportRequest, workers: int | None, listener: ProgressListener) -> ImportRun:
    """Have a server import, tell the listener of it, and give what came of it; an interrupt stops it there, too.

    Raises:
        NoServer: there is none, nothing was begun.
        HandoffRefused: another import runs, or the server is ending.
        ImportInterrupted: it was stopped; what was committed stays.
        ServerGone: it ended without a word.
    """
    with _Interrupts(server) as interrupts, closing(connect(server)) as connection:
        wanted = WantedImport(**asdict(request) | {"workers": workers})
        response = post(connection, server, wanted.model_dump(mode="json"), _IMPORTS)
        events = _events(response, server)
        interrupts.aim(next(events)[1]["import_id"])
        return _listen(events, listener, server, dry_run=request.dry_run)


def _events(response: HTTPResponse, server: ServerFile) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the server-sent events: what they are called and what they hold."""
    fields: dict[str, str] = {}
    try:
        while line := response.readline():
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                yield fields["event"], json.loads(fields.get("data", "null"))
                fields = {}
    except (OSError, HTTPException) as error:
        raise ServerGone(server) from error
    raise ServerGone(server)


def _listen(
    events: Iterator[tuple[str, dict[str, Any]]], listener: ProgressListener, server: ServerFile, *, dry_run: bool
) -> ImportRun:
    for kind, data in events:
        if kind in _LISTENER:
            getattr(listener, kind)(Progress(**data))
        elif kind == "warned":
            listener.warned(data["message"])
        elif kind == "ended":
            return _outcome(data, dry_run=dry_run)
    raise ServerGone(server)


def _outcome(data: dict[str, Any], *, dry_run: bool) -> ImportRun:
    if "run" in data:
        return ImportRun.model_validate(data["run"])
    if data["interrupted"]:
        raise ImportInterrupted(dry_run=dry_run)
    raise HandoffRefused(data["error"])


class _Interrupts:
    """Passes the first interrupt on to the server, so that the import stops there; a second one is raised here.

    Raising the first would tear the stream of events in the middle of one, and leave the import to itself.
    """

    def __init__(self, server: ServerFile) -> None:
        self._server = server
        self._import_id = ""
        self._came = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._heed) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def aim(self, import_id: str) -> None:
        """Say which import is to be stopped; one that was interrupted before it began is stopped at once."""
        self._import_id = import_id
        if self._came:
            self._send()

    def _heed(self, *_: object) -> None:
        self._restore()
        self._came = True
        if self._import_id:
            self._send()

    def _send(self) -> None:
        threading.Thread(target=_stop, args=(self._server, self._import_id), name="stop-import", daemon=True).start()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _stop(server: ServerFile, import_id: str) -> None:
    """Have the server stop the import; if it is not there any more, its end of the stream says so."""
    with suppress(OSError, HTTPException), closing(connect(server)) as connection:
        ask(connection, server, f"{_IMPORTS}/{import_id}", "DELETE")
