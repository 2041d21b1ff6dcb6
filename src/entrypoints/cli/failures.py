"""How errors end a command: one sentence on stderr and an exit status."""

from __future__ import annotations

import traceback
from contextlib import suppress
from io import StringIO

import click

from ...domain.errors import (
    GexlakeError,
    ImportInterrupted,
    SourceNotFound,
    TooLittleLeft,
    UnknownAdapter,
)
from ..binding import BindingRefused
from ..setting_sources import SettingsFileInvalid
from ..settings import SettingInvalid
from .exit_statuses import FAILED, MISUSED, STOPPED
from .session import Session
from .words import plain

#: What the loader says of a library that finds no room in memory.
_NO_ROOM_TO_LOAD = "failed to map segment from shared object"
_MISUSES = (SourceNotFound, UnknownAdapter, SettingInvalid, SettingsFileInvalid, BindingRefused)


def report(error: Exception, session: Session) -> int:
    """Tell the user what went wrong, with the traceback if they want it, and give the exit status."""
    with suppress(BrokenPipeError):  # nobody listens any more; the status says it all the same
        _tell(error, session)
    if isinstance(error, click.ClickException):
        return MISUSED if isinstance(error, click.UsageError) else FAILED
    if isinstance(error, ImportInterrupted):
        return STOPPED
    return MISUSED if isinstance(error, _MISUSES) else FAILED


def _tell(error: Exception, session: Session) -> None:
    if isinstance(error, click.ClickException):
        told = StringIO()
        error.show(told)
        click.echo("\n".join(map(plain, session.here(told.getvalue()).split("\n"))), err=True, nl=False)
        return
    if session.verbose:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    click.echo(plain(f"gexlake: {session.here(_sentence(error))}"), err=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, GexlakeError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        from pathlib import Path

        from ...adapters.refusals import NO_ROOM, disk_full

        if error.errno in NO_ROOM:
            place = str(error.filename2 or error.filename or "where it was to be written")
            return str(disk_full(Path(place), error.strerror))
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}. Mend that, and run the same command again."
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and _NO_ROOM_TO_LOAD in str(error)):
        return str(TooLittleLeft(str(error) or "out of memory"))
    kind, message = type(error).__name__, str(error)
    return (
        f"This should not have happened ({kind}{': ' if message else ''}{message}). "
        "Run the same command with --verbose to see where, and report it."
    )
