"""A process beside this one that does one thing after another for it, while this one answers."""

from __future__ import annotations

import atexit
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, Protocol, TypeVar

from .fork_server import context_of
from .messages import message, receive, send
from .process_pool import begin_work

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
#: Bytes of a message that a pipe takes on every system, whether or not the other end reads.
_FITS = 8 << 10


class HelperGone(Exception):  # no error: it is told to whoever can go on without
    """The process has ended, or could not be started: for want of memory, it may be."""


class Call(Protocol):
    """Calls functions somewhere."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function, and give what it gives or raises."""

    def each(self, function: Callable[[S], T], given: Iterable[S]) -> Iterator[tuple[S, T]]:
        """Call a function with one thing after the other, and give each beside what it gives.

        The next one may be under way by then, so whoever begins has to come to the end, or to that of the calling.
        """


class CallHere(Call):
    """Calls in this process: for so little that to start another one would take longer."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    def each(self, function: Callable[[S], T], given: Iterable[S]) -> Iterator[tuple[S, T]]:
        return ((one, function(one)) for one in given)


class _CallThere(Call):
    """Calls in a process at the other end of a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._send(message((function, args, kwargs)))
        found: T = self._answer()
        return found

    def each(self, function: Callable[[S], T], given: Iterable[S]) -> Iterator[tuple[S, T]]:
        # One more than is waited for: neither process stands idle while the other one is at work.
        under_way: deque[S] = deque()
        for one in given:
            asked = message((function, (one,), {}))
            # What does not fit into the pipe would wait for the other process to read, and that reads nothing before
            # its answer is taken.
            while under_way and sum(map(len, asked)) > _FITS:
                yield under_way.popleft(), self._answer()
            self._send(asked)
            under_way.append(one)
            if len(under_way) > 1:
                yield under_way.popleft(), self._answer()
        for one in under_way:
            yield one, self._answer()

    def _send(self, asked: list[memoryview]) -> None:
        try:
            send(self._pipe, asked)
        except OSError as gone:
            raise HelperGone from gone

    def _answer(self) -> Any:
        try:
            result, error = receive(self._pipe)
        except (OSError, EOFError) as gone:
            raise HelperGone from gone
        if error is not None:
            raise error
        return result


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

    # Whoever uses it may never come back to end it. At its own end this process would then ask it to end and wait for
    # that, for ever: it does not heed this, least of all while it is stopped.
    atexit.register(process.kill)
    try:
        yield _CallThere(ours)
    finally:
        process.kill()
        process.join()
        atexit.unregister(process.kill)
        ours.close()


def _help(connection: Connection) -> None:
    """Do what is asked until nobody asks any more."""
    begin_work(gives_way=True)
    # A service manager may ask all processes to stop: the other one knows when this one may go.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            send(connection, message(_done(*receive(connection))))


def _done(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Exception | None]:
    try:
        return function(*args, **kwargs), None
    except Exception as error:  # noqa: BLE001  # whatever it is belongs to whoever asked
        return None, error
