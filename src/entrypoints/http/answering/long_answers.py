"""How much of long answers may lie in memory while their clients read them, and who gives way to others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.to_thread

Made = TypeVar("Made")
_LOG = logging.getLogger(__name__)
#: Bytes that all of them take together: some ten pages of the longest ladders.
MOST_TOGETHER = 256 << 20
#: Seconds after which a client that has not taken the next piece of its answer gives way to others.
PATIENCE = 10.0
#: Threads that make them. While one is made it takes several times its size, and what a thread has taken its allocator
#: keeps; more threads would make none sooner, for they share the interpreter.
_THREADS = 4


class Place:
    """What one answer takes up, from its first piece to its last; ``size`` is what lies in memory of it."""

    def __init__(self, size: int, seconds: Callable[[], float]) -> None:
        self.size, self._seconds = size, seconds
        self._task: asyncio.Task[object] | None = None
        self._since = 0.0
        self.lost = False

    @property
    def waited(self) -> float:
        """How many seconds the client has been taking a piece; 0 between two pieces."""
        return 0.0 if self._task is None else self._seconds() - self._since

    async def taken(self, sending: Awaitable[object]) -> bool:
        """Wait until the client has taken a piece; say whether the answer still has its place."""
        self._since, self._task = self._seconds(), asyncio.current_task()
        try:
            await sending
        except asyncio.CancelledError:
            # The task itself may have been cancelled, too: then it is not for the place to go on.
            if not (self.lost and self._task and not self._task.uncancel()):
                raise
        finally:
            self._task = None
        return not self.lost

    def give_way(self) -> None:
        """Have the answer broken off."""
        self.lost = True
        if self._task is not None:
            self._task.cancel()


class LongAnswers:
    """Bounds what all answers take that are being sent, however slowly their clients read.

    Who comes when all is taken gets the place of those whose clients have taken nothing for ``PATIENCE`` seconds, if
    that is enough; else none. So clients that read are never broken off, and those that do not keep nobody out.
    """

    def __init__(self, most: int = MOST_TOGETHER, seconds: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds = most, seconds
        self._places: list[Place] = []
        self._threads = anyio.CapacityLimiter(_THREADS)

    async def make(self, work: Callable[[], Made]) -> Made:
        """Make an answer, or a piece of one, in a thread when its turn has come."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    @property
    def taken(self) -> int:
        """How many bytes are taken."""
        return sum(place.size for place in self._places)

    def enter(self, size: int) -> Place | None:
        """Give an answer its place, or None if there is none; one that is alone has one, whatever its size."""
        missing = self.taken + size - self._most
        giving = []
        for place in sorted(self._places, key=lambda place: -place.waited):
            if missing <= 0 or place.waited < PATIENCE:
                break
            giving.append(place)
            missing -= place.size
        if missing > 0 and len(giving) < len(self._places):
            return None
        for place in giving:
            _LOG.warning("An answer is broken off after %.0f s in which its client took nothing", place.waited)
            place.give_way()
            self.leave(place)
        self._places.append(mine := Place(size, self._seconds))
        return mine

    def leave(self, place: Place) -> None:
        """Take a place back; one that is lost has been taken back already."""
        if place in self._places:
            self._places.remove(place)
