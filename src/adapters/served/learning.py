"""Learning where everything lies before anybody asks, in a thread beside the questions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ...domain.errors import GexlakeError
from .parts import Stretch
from .snapshots import NotAtHand, ServedSnapshotStore


class Learning:
    """Takes moments and footers into memory, the newest first, as long as there is room for them.

    A question about a part that nobody has asked about has two files to open and their layouts to learn, and may do
    that in a thread only. Where there are many parts, that would be nearly every question for as long as the server
    is young, and after each commit again.
    """

    def __init__(self, store: ServedSnapshotStore) -> None:
        self._store = store
        self._known: set[Stretch] = set()
        self._changed, self._over = threading.Event(), threading.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Learn what there is, and what commits add, until the block ends."""
        thread = threading.Thread(target=self._work, name="learning", daemon=True)
        self.look()
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            self.look()
            thread.join()

    def look(self) -> None:
        """Have it look for what has been added."""
        self._changed.set()

    def learn(self) -> None:
        """Learn all there is that is not known yet, unless it ends or room becomes short."""
        held = [stretch for found in self._store.index.stretches.values() for stretch in found]
        self._known.intersection_update(held)
        for stretch in sorted(set(held) - self._known, key=lambda stretch: -stretch.last):
            began, room = time.monotonic(), True
            # What cannot be learnt is told to whoever asks for it.
            with suppress(GexlakeError, NotAtHand):
                room = self._store.learn(stretch)
            self._known.add(stretch)
            # As much time is left to the questions: they share the interpreter.
            if not room or self._over.wait(time.monotonic() - began):
                return

    def _work(self) -> None:
        while not self._over.is_set():
            self._changed.wait()
            self._changed.clear()
            self.learn()
