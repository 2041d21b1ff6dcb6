"""Answering at once or not at all: what would wait for a disk, a database or a network says so before it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_AT_ONCE: ContextVar[bool] = ContextVar("at_once", default=False)


class WouldWait(Exception):  # no error: whoever asked asks again where it may wait
    """What was asked is not in the memory of this process.

    ``bring`` waits for what is missing and does nothing else, so that then it is at hand; None if only asking again,
    where one may wait, will do.
    """

    def __init__(self, bring: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.bring = bring


@contextmanager
def at_once() -> Iterator[None]:
    """Have whatever would wait inside the block raise ``WouldWait`` instead."""
    token = _AT_ONCE.set(True)
    try:
        yield
    finally:
        _AT_ONCE.reset(token)


def waiting(unless: Callable[[], bool] = lambda: False, bring: Callable[[], object] | None = None) -> None:
    """Say that what follows waits, ``unless`` something is so, which is looked at only where nobody may wait.

    ``bring`` may be asked, where one may wait, to bring near what is missing; see ``WouldWait``.

    Raises:
        WouldWait: nobody may wait here.
    """
    if _AT_ONCE.get() and not unless():
        raise WouldWait(bring)
