"""What may be asked is taken into memory before anybody asks, the newest days first."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from ...application.ports.strike_source import StrikeSource
from ...domain.parts import Part
from ..processes.threads import give_way_here

_LOG = logging.getLogger(__name__)
#: Seconds without a commit after which commits have come to rest.
QUIET = 5.0
#: Seconds that the end of a step is waited for. One takes milliseconds, but a disk that does not answer for ever.
_PATIENCE = 10.0


class ReadingAhead:
    """Has a source read ahead in a thread of its own, at the beginning and when commits have come to rest.

    They have if there was none for ``quiet`` seconds: an import commits every second or two. What is being read
    meanwhile is read to its end: an import takes minutes, and most of what is asked it does not touch.
    """

    def __init__(
        self,
        source: StrikeSource,
        parts: Callable[[], Sequence[Part]],
        quiet: float = QUIET,
        patience: float = _PATIENCE,
    ) -> None:
        self._source, self._parts, self._quiet, self._patience = source, parts, quiet, patience
        self._changed, self._anew, self._ended = threading.Event(), threading.Event(), threading.Event()
        # A daemon: after a fault nothing may keep the process alive.
        self._thread = threading.Thread(target=self._work, name="reading ahead", daemon=True)

    def start(self) -> None:
        """Begin with what is there; commits before this brought it, and are not news."""
        self._changed.clear()
        self._thread.start()

    def again(self) -> None:
        """Hear of a commit."""
        self._changed.set()

    def anew(self) -> None:
        """Hear that what is being read may not be wanted any more."""
        self._anew.set()
        self._changed.set()

    def stop(self) -> None:
        """Come to an end after the step that is being taken, or without it if it takes longer than ``patience``."""
        self._ended.set()
        self.anew()
        self._thread.join(self._patience)

    def _work(self) -> None:
        give_way_here()
        while not self._ended.is_set():
            try:
                self._read()
            except Exception:  # noqa: BLE001  # whatever it is, what the next commits bring can be read
                _LOG.exception("Reading ahead has failed; what it did not read is read when it is asked for.")
            self._changed.wait()
            while self._changed.is_set() and not self._ended.is_set():
                self._changed.clear()
                self._ended.wait(self._quiet)

    def _read(self) -> None:
        self._anew.clear()
        for _ in self._source.read_ahead(self._parts()):
            if self._anew.is_set() or self._ended.is_set():
                return
