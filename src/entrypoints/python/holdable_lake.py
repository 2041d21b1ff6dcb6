"""A lake that is opened for each question, or held open from one to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from types import TracebackType
from typing import Self, TypeVar

from ...adapters.asked.lake import AskedLake
from ...application.asking.query_gex import QueryGex
from ...application.ports.unit_of_work import Lake
from ..container import Container
from ..lakes import asking
from .told_to_programs import told_to_programs

Found = TypeVar("Found")


class HoldableLake:
    """Opens a lake for a question and lets go of it; in a ``with`` block it has the lake from one to the next.

    Blocks may be nested, and several threads may have theirs: the last one that ends lets go.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._blocks, self._turn = 0, threading.RLock()
        self._held = ExitStack()
        self._lake: Lake | None = None

    def __enter__(self) -> Self:
        with self._turn, self._told():
            if not self._blocks:
                self._hold()
            self._blocks += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._blocks -= 1
            if not self._blocks:
                self._let_go()

    def _told(self) -> AbstractContextManager[None]:
        return told_to_programs(self._container.settings().lake)

    def _ask(self, question: Callable[[QueryGex], Found]) -> Found:
        """Answer what a query tells."""
        return self._of(lambda lake: question(self._container.query_gex(lake)))

    def _of(self, question: Callable[[Lake], Found]) -> Found:
        """Answer what the stores of the lake tell."""
        with self._told():
            return self._answer(question)

    def _answer(self, question: Callable[[Lake], Found]) -> Found:
        if self._lake is None:
            with asking(self._container) as lake:
                return question(lake)
        from ..server.client import NoServer

        with self:  # whichever thread leaves its block meanwhile
            if (held := self._lake) is not None:
                with suppress(NoServer):
                    return question(held)
                self._hold_anew(held)
        return self._answer(question)

    def _hold(self) -> None:
        with ExitStack() as opening:  # let go of again if the rest of it fails, or is stopped
            lake = opening.enter_context(asking(self._container))
            # What a server has changes meanwhile, and is in its memory.
            asked = isinstance(lake, AskedLake)
            self._lake = lake if asked else self._container.served_lake(lake, disk_bytes=0)
            self._held = opening.pop_all()

    def _let_go(self) -> None:
        self._lake = None
        self._held.close()

    def _hold_anew(self, gone: Lake) -> None:
        """Hold the lake whose server is gone, or ask the server that has come in its place."""
        with self._turn:
            if self._lake is gone:  # else another thread has seen to it
                self._let_go()
                self._hold()
