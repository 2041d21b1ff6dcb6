"""Settling a lake after a failure, so that whoever has it open can go on with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ....domain.errors import GexlakeError
from ...ports.unit_of_work import Lake


@contextmanager
def settled_after_failure(lake: Lake) -> Iterator[None]:
    """Settle a lake if what is done to it meanwhile fails; to be entered before a unit of work.

    Only the store knows whether a commit that failed took place. Until it is settled, parts may be in staging that
    were committed or never will be, and files may be shown that were taken out.
    """
    try:
        yield
    except BaseException:
        with suppress(GexlakeError):  # the error that is on its way says more
            lake.settle()
        raise
