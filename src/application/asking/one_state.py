"""Questions that take several looks at a lake, answered of one state of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ...domain.errors import LakeDamaged

Answer = TypeVar("Answer")
#: How often a question is asked at most.
_TRIES = 5


def of_one_state(ask: Callable[[], Answer]) -> Answer:
    """Ask, and ask again while an import puts other parts in the place of those that the answer lies in.

    Raises:
        LakeDamaged: however often it is asked, a part is not there or cannot be read.
    """
    for _ in range(_TRIES - 1):
        with suppress(LakeDamaged):
            return ask()
    return ask()
