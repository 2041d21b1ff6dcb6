"""What else than imports a command hands to the server that has the lake: backups, removals, verifications and more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from http.client import HTTPException
from typing import TypeVar

import click
from pydantic import TypeAdapter

from ...container import Container
from ...server.client import NoServer, answer, ask, connect
from ...server.server_file import HANDOFF, ServerFile, find_server
from ...server.wanted import Wanted

#: Seconds after which somebody who waits is told for what.
_PATIENCE = 1.0
T = TypeVar("T")


def handed_over(container: Container, errand: str, wanted: Wanted, kind: type[T], *, in_turn: bool = False) -> T | None:
    """Have something done by the server that has the lake, however long it takes.

    Args:
        container: knows the lake.
        errand: the route that the server has for it.
        wanted: what is to be done.
        kind: of what the answer is.
        in_turn: whether it takes turns with imports, and may have to wait for one.

    Returns:
        What came of it; None if there is no server: nothing was begun, or it ended and did not say how far it came.

    Raises:
        HandoffRefused: it cannot be done; its sentence says why.
    """
    if (server := find_server(container.settings().lake)) is None:
        return None
    told = _told_of_imports(server) if in_turn else nullcontext()
    with suppress(NoServer), closing(connect(server)) as connection, told:
        connection.timeout = None
        said = answer(connection, server, wanted.model_dump(mode="json"), f"{HANDOFF}/{errand}")
        return TypeAdapter(kind).validate_json(said)
    return None


@contextmanager
def _told_of_imports(server: ServerFile) -> Iterator[None]:
    """Say for which import this waits, if it does."""
    timer = threading.Timer(_PATIENCE, _tell, [server])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _tell(server: ServerFile) -> None:
    with suppress(OSError, HTTPException, ValueError), closing(connect(server)) as connection:
        if import_id := json.loads(ask(connection, server, f"{HANDOFF}/imports"))["import_id"]:
            click.echo(f"The server is busy with the import {import_id}; this begins when it has ended.", err=True)
