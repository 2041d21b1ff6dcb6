"""Errors as ``gexlake.open`` tells them: their own sentences speak to somebody at a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...domain.errors import FeedAmbiguous, GexlakeError, LakeNotFound, SnapshotNotFound
from ..shapes.named_commands import command_on, commands_on

_AGAIN = re.compile("run the (?:same )?command again")


@contextmanager
def told_to_programs(lake: Path) -> Iterator[None]:
    """Have errors end with cures that work in a program that has opened a lake, or in a shell anywhere."""
    try:
        yield
    except GexlakeError as error:
        error.args = (_told(error, lake),)
        raise


def _told(error: GexlakeError, lake: Path) -> str:
    if isinstance(error, SnapshotNotFound):
        return f"{error.fact} days() lists what it holds."
    if isinstance(error, FeedAmbiguous):
        return f"{error.ticker} has several feeds in this lake: {', '.join(error.feeds)}. Name one of these."
    if isinstance(error, LakeNotFound):
        return f"There is no lake in {error.lake}. Open another, or make one: {command_on(lake, 'import SOURCE')}"
    return commands_on(lake, _AGAIN.sub("ask again", str(error)))
