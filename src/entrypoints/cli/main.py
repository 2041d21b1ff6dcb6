"""The command ``gexlake``, and what becomes of the errors that its commands end in."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from ... import __version__
from .ending.exit_statuses import PIPE_CLOSED, STOPPED
from .session import Session
from .startup.command_list import COMMANDS
from .startup.lazy import LazyGroup

if TYPE_CHECKING:
    from ...adapters.plugins.hookspecs import PluginCommand

#: To load modules makes hundreds of thousands of objects and hardly any garbage; to look for it again and again takes a
#: tenth of the time that a command needs to begin.
_OBJECTS = 200_000


def _of_plugins() -> Mapping[str, PluginCommand]:
    """Give the commands of plugins, if any is installed: a help text must not wait for a search that finds none."""
    from importlib.metadata import entry_points

    if all(entry.dist is not None and entry.dist.name == "gexlake" for entry in entry_points(group="gexlake")):
        return {}
    from .startup.builtin import strangers_commands

    return strangers_commands()


@click.group(cls=LazyGroup, lazy=COMMANDS, more=_of_plugins, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gexlake")
def cli() -> None:
    """Keep options gamma exposure (GEX) history in a lake of DuckDB and Parquet.

    Begin with 'gexlake demo', or with 'gexlake import FOLDER'. The lake is the folder ./lake, unless --lake
    or the environment variable GEXLAKE_LAKE names another.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit status."""
    gc.set_threshold(_OBJECTS)
    status = run(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left that could be stopped
    gc.freeze()  # Python looks for garbage on its way out, twice, through all that was loaded
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and give its exit status; no error gets past it."""
    session, out = Session(), sys.stdout
    if isinstance(out, TextIOWrapper):  # what its encoding does not have is no reason to fail
        out.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(list(arguments), prog_name="gexlake", standalone_mode=False, obj=session)
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed(out)
    except SystemExit as left:
        # Click and rich met a closed pipe, for which they know no better status than 1; click put something else in
        # stdout's place.
        closed = sys.stdout is not out or isinstance(left.__context__, BrokenPipeError)
        return _pipe_closed(out) if closed else _status(left.code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return STOPPED
    except Exception as error:  # noqa: BLE001  the user gets a sentence, whatever it is
        from .ending.failures import report

        return report(error, session)
    return status if isinstance(status, int) else 0


def _pipe_closed(out: TextIO) -> int:
    """Have what a buffer still holds find an open end: Python writes it on its way out, and would say that it fails."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    return PIPE_CLOSED


def _status(code: object) -> int:
    """Give the status of a command that left by itself, as Python would; a sentence in its place is told."""
    if code is None or isinstance(code, int):
        return code or 0
    click.echo(code, err=True)
    return 1


if __name__ == "__main__":
    main()
