"""A work pool without processes: each job runs at once, in the thread that submits it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from ...application.ports.work_pool import WorkPool

P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(Executor):
    """An executor whose futures are done when ``submit`` returns."""

    def __init__(self) -> None:
        self._shut = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call; what it raises is in the future, but an interrupt goes straight up."""
        if self._shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            result = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # any error of a job belongs to its future
            future.set_exception(error)
        else:
            future.set_result(result)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # as Executor
        """Take no more jobs."""
        self._shut = True


class InlineWorkPool(WorkPool):
    """Gives executors that run everything at once, in order: for tests, and where processes are not to be had."""

    def executor(self, workers: int) -> InlineExecutor:
        return InlineExecutor()
