"""A process beside this one that does one thing after another for it, while this one answers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, Protocol, TypeVar

from .fork_server import context_of
from .process_pool import begin_work

P = ParamSpec("P")
T = TypeVar("T")


class HelperGone(Exception):  # no error: it is told to whoever can go on without
    """The process has ended, or could not be started: for want of memory, it may be."""


class Call(Protocol):
    """Calls a function somewhere, and gives what it gives or raises."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


def call_here(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in this process: for so little that to start another one would take longer."""
    return function(*args, **kwargs)


@contextmanager
def helper_process() -> Iterator[Call]:
    """Give what calls functions in another process, which gives way to all others and ends with the block.

    A pool would do the same in three threads more, and wait for ever for a result that a killed process has sent by
    half. Here its end is the end of the pipe.

    Raises:
        HelperGone: also by what is called.
    """
    try:
        context = context_of(gives_way=True)
        ours, theirs = context.Pipe()
        start = context.Process  # type: ignore[attr-defined]  # each context has it
        process = start(target=_help, args=(theirs,), name="helper", daemon=True)
        with theirs:
            process.start()
    except (OSError, EOFError) as error:
        raise HelperGone from error

    def call(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            ours.send((function, args, kwargs))
            result, error = ours.recv()
        except (OSError, EOFError) as gone:
            raise HelperGone from gone
        if error is not None:
            raise error
        found: T = result
        return found

    try:
        yield call
    finally:
        process.kill()
        process.join()
        ours.close()


def _help(connection: Connection) -> None:
    """Do what is asked until nobody asks any more."""
    begin_work(gives_way=True)
    # A service manager may ask all processes to stop: the other one knows when this one may go.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            connection.send(_done(*connection.recv()))


def _done(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Exception | None]:
    try:
        return function(*args, **kwargs), None
    except Exception as error:  # noqa: BLE001  # whatever it is belongs to whoever asked
        return None, error
