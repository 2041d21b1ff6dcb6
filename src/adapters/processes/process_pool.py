"""A work pool of processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from ...application.ports.work_pool import WorkPool
from ...domain.errors import GexlakeError, TooLittleLeft, WorkersNotStarted, WorkingDirectoryGone
from ..disk.refusals import in_no_directory, refusal
from ..memory.work_pool import InlineExecutor
from .fork_server import HEAVY_MODULES, context_of, give_way

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes that are read in one go. More would take the interpreter from other threads again and again: each time they
#: come back from a file they would wait for it, milliseconds long.
_A_BLOCK = 256 * 1024
_STOPS = (signal.SIGINT, signal.SIGTERM)


class ProcessWorkPool(WorkPool):
    """Gives pools of processes that are forked from a small server, which has imported the heavy modules once.

    A plain fork would copy the locks of whatever threads run here; a fresh interpreter for each worker would cost half
    a second. Workers leave interrupts to the main process and end when it vanishes. With ``gives_way`` they have
    the lowest priority and do all but the least work, for a process that has something more urgent to do.
    """

    def __init__(self, *, gives_way: bool = False, preload: Sequence[str] = HEAVY_MODULES) -> None:
        self._gives_way, self._preload = gives_way, preload
        if gives_way:
            self.little_work = _A_BLOCK

    def executor(self, workers: int) -> Executor:
        if workers == 0:
            return InlineExecutor()
        with _refusals():
            context = context_of(self._preload, gives_way=self._gives_way)
            return _SteadyExecutor(workers, context, begin_work, (self._gives_way,))


class _SteadyExecutor(ProcessPoolExecutor):
    """Starts workers undisturbed: one that is interrupted half-way would be out of reach, and complain at its end."""

    def lost(self) -> bool:
        """Whether nobody hands out work any more: the thread that does ends without a word if memory is short."""
        # By its name: typeshed takes it for something else.
        thread: threading.Thread | None = vars(self)["_executor_manager_thread"]
        return thread is not None and not thread.is_alive()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with _signals_wait(), _refusals():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Hold back the signals that ask this process to stop."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives signals to the main thread only
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda got, _: came.append(got)) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for held_back in came:
            signal.raise_signal(held_back)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say of what the system refuses to workers what to do.

    Raises:
        TooLittleLeft: memory, threads or open files; the server that workers are forked from ends for want of them.
        WorkingDirectoryGone: Python tells each worker where it is to be.
        WorkersNotStarted: anything else, such as the shared memory (``/dev/shm``) that their queues are locked with.
    """
    try:
        yield
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        raise TooLittleLeft(str(error)) from error
    except (EOFError, ConnectionError) as error:
        raise TooLittleLeft("the process that workers are forked from has ended") from error
    except OSError as error:
        told: GexlakeError | None = WorkingDirectoryGone() if in_no_directory(error) else refusal(error, Path())
        if not isinstance(told, TooLittleLeft | WorkingDirectoryGone):
            told = WorkersNotStarted(error.strerror or str(error))
        raise told from error


def begin_work(gives_way: bool) -> None:  # noqa: FBT001  # initializers are given their arguments by position
    """Prepare a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr  # a stranger's reader may print, and stdout is for the command's answer
    if gives_way:  # what it was forked from may not have been asked to
        give_way()
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the end of the main process, then end this one at once: nobody waits for its result."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
