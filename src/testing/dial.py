"""The dial of a fake: at which step it fails, the how many-th time, before or after, and how slow it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

T = TypeVar("T")


class StepFailed(Exception):
    """A fake has failed as it was told to."""


class Dial:
    """Makes ``step`` fail when it is done for the ``nth`` time, once; with ``nth`` 0 it never fails.

    A step is the name of a method; the classes that take a dial say which ones they know. ``after`` does the step
    before it fails. ``seconds`` is how long each doing of the step takes longer. ``failed`` says whether it has.
    """

    def __init__(
        self,
        step: str = "",
        nth: int = 1,
        *,
        after: bool = False,
        error: BaseException | None = None,
        seconds: float = 0.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._step, self._left, self._after = step, nth, after
        self._error = error or StepFailed(step)
        self._seconds, self._sleep = seconds, sleep
        self.failed = False

    @contextmanager
    def turn(self, step: str) -> Iterator[None]:
        """Do a step: fail before or after it, if this is the one."""
        mine = step == self._step
        if mine and self._seconds:
            self._sleep(self._seconds)
        if mine and not self._after:
            self._count()
        yield
        if mine and self._after:
            self._count()

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.failed = True
            raise self._error


def with_dial(adapter: T, dial: Dial, *, suffix: str = "") -> T:
    """Give an adapter of any port whose methods are the steps of a dial: a store, a cache, a lake, a pool.

    Names of its steps end with ``suffix``, which tells them from those of another. What a method gives has no dial of
    its own; ``FailingStrikeSink`` is there for sinks, whose writers fail, too.
    """
    return cast("T", _Dialled(adapter, dial, suffix))


class _Dialled:
    def __init__(self, adapter: object, dial: Dial, suffix: str) -> None:
        self._adapter, self._dial, self._suffix = adapter, dial, suffix

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._adapter, name)
        return self._turned(f"{name}{self._suffix}", found) if callable(found) else found

    def _turned(self, step: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def turned(*args: Any, **kwargs: Any) -> Any:
            with self._dial.turn(step):
                return method(*args, **kwargs)

        return turned
