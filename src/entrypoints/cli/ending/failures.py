"""How errors end a command: one sentence on stderr and an exit status."""

from __future__ import annotations

import traceback
from contextlib import suppress
from io import StringIO

import click

from ....domain.errors import ImportInterrupted, SourceNotFound, UnknownAdapter
from ...settings.binding import BindingRefused
from ...settings.model import SettingInvalid
from ...settings.sources import SettingsFileInvalid
from ...shapes.told_in_full import told_in_full
from ..session import Session
from ..terminal.words import plain
from .exit_statuses import FAILED, MISUSED, STOPPED

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
    if (told := told_in_full(error)) is not None:
        return told
    kind, message = type(error).__name__, str(error)
    return (
        f"This should not have happened ({kind}{': ' if message else ''}{message}). "
        "Run the same command with --verbose to see where, and report it."
    )
