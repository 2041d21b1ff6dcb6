"""What else than imports a command hands to the server that owns the lake: backups, removals, verifications and more.

All of these raise ``NoServer`` if there is none, and nothing was begun; and ``HandoffRefused`` if it cannot be done:
its sentence says why.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import click

from ..server_client import connect, get, post
from ..server_file import HANDOFF, ServerFile

if TYPE_CHECKING:
    from ...application.back_up_lake import BackedUp
    from ...application.compact_lake import CompactedDay
    from ...application.dismiss_rejects import ChosenRejects, Dismissal
    from ...application.ports.source_reader import FeedFilter
    from ...application.remove_source import Removed
    from ...domain.account import Account

#: Seconds after which somebody who waits is told for what.
_PATIENCE = 1.0


def hand_backup_over(server: ServerFile, place: Path) -> BackedUp:
    """Have a server copy its lake, and give what came of it."""
    from ...application.back_up_lake import BackedUp

    done: BackedUp = _done(server, "backups", {"place": quote_from_bytes(os.fsencode(place))}, BackedUp)
    return done


def hand_compaction_over(server: ServerFile, *, dry_run: bool) -> list[CompactedDay]:
    """Have a server compact its lake, and give the days."""
    from ...application.compact_lake import CompactedDay

    done: list[CompactedDay] = _done(
        server, "compactions", {"dry_run": dry_run}, list[CompactedDay], in_turn=not dry_run
    )
    return done


def hand_removal_over(server: ServerFile, names: Sequence[str], feeds: FeedFilter, *, dry_run: bool) -> Removed:
    """Have a server remove a source, which may have one of several names, from its lake, and give what went."""
    from ...application.remove_source import Removed

    body = {"names": list(names), **listed(feeds), "dry_run": dry_run}
    done: Removed = _done(server, "removals", body, Removed, in_turn=not dry_run)
    return done


def hand_dismissal_over(server: ServerFile, chosen: ChosenRejects, *, undo: bool) -> Dismissal:
    """Have a server dismiss rejects of its lake, and give what came of it."""
    from dataclasses import asdict

    from ...application.dismiss_rejects import Dismissal

    body = {"chosen": asdict(chosen), "undo": undo}
    done: Dismissal = _done(server, "dismissals", body, Dismissal, in_turn=True)
    return done


def hand_verification_over(
    server: ServerFile, *, checksums: bool = True, source: Path | None = None, reader: str | None = None
) -> Account:
    """Have a server make the account of its lake, and compare a source with it if one is named."""
    from ...domain.account import Account

    quoted = quote_from_bytes(os.fsencode(source)) if source is not None else None
    done: Account = _done(server, "accounts", {"checksums": checksums, "source": quoted, "reader": reader}, Account)
    return done


def listed(feeds: FeedFilter) -> dict[str, list[str]]:
    """Give what is asked for of some feeds only, for a body."""
    return {name: sorted(getattr(feeds, name)) for name in ("tickers", "packages", "categories")}


def _done(server: ServerFile, errand: str, body: dict[str, Any], kind: Any, *, in_turn: bool = False) -> Any:
    """Have something done, however long it takes; ``in_turn`` with imports, for which it may have to wait."""
    from pydantic import TypeAdapter

    with closing(connect(server)) as connection, _told_of_imports(server) if in_turn else nullcontext():
        connection.timeout = None
        return TypeAdapter(kind).validate_json(post(connection, server, body, f"{HANDOFF}/{errand}").read())


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
        if import_id := get(connection, server, f"{HANDOFF}/imports")["import_id"]:
            click.echo(f"The server is busy with the import {import_id}; this begins when it has ended.", err=True)
