"""A bounded memory: what was used least recently goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Lru(Generic[Key, Value]):
    """Keeps values up to ``max_bytes`` of them, as whoever puts one says how large it is. Threads may share it.

    ``dropped`` hears the key of each value that is let go of.
    """

    def __init__(self, max_bytes: int, dropped: Callable[[Key], object] = lambda _: None) -> None:
        self._max_bytes, self._dropped = max_bytes, dropped
        self._values: OrderedDict[Key, tuple[int, Value]] = OrderedDict()
        self._lock = threading.Lock()
        self.held = 0

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Key]:
        """Give the keys of the values that there are at this moment, those used least recently first."""
        with self._lock:
            return iter(list(self._values))

    def resize(self, max_bytes: int) -> None:
        """Set another bound, and let go of what is beyond it."""
        with self._lock:
            self._max_bytes = max_bytes
            self._shrink()

    def get(self, key: Key) -> Value | None:
        """Give a value, if it is still there."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[1]

    def size(self, key: Key) -> int:
        """Say how many bytes a value takes, 0 if it is not there any more."""
        with self._lock:
            return self._values[key][0] if key in self._values else 0

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of so many bytes; one that is larger than the bound is not kept."""
        with self._lock:
            self._drop(key)
            if size > self._max_bytes:  # in vain it would push out all others first
                self._dropped(key)
                return
            self._values[key] = size, value
            self.held += size
            self._shrink()

    def pop(self, key: Key) -> Value | None:
        """Let go of a value and give it, if it is still there."""
        with self._lock:
            return self._drop(key)

    def _shrink(self) -> None:
        while self.held > self._max_bytes:
            self._drop(next(iter(self._values)))

    def _drop(self, key: Key) -> Value | None:
        found = self._values.pop(key, None)
        if found is None:
            return None
        self.held -= found[0]
        self._dropped(key)
        return found[1]
