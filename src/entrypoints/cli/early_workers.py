"""Starting what workers are forked from while the command itself still loads, so that one does not wait for both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ...adapters.fork_server import start_early
from ...adapters.lake_folder import LAKE_FILE
from ...application.ports.work_pool import LITTLE_WORK

if TYPE_CHECKING:
    from ..settings import Settings

#: Files that are looked at to guess how much there is to read; the plan will count them all.
_LOOKED_AT = 2000


def start_workers_early(source: Path, settings: Settings) -> None:
    """Begin if processes will be wanted, as far as one can tell at a glance."""
    if settings.work_pool == "processes" and _much_is_new(source, settings.lake / LAKE_FILE):
        start_early()


def _much_is_new(source: Path, lake: Path) -> bool:
    """Whether a source holds so much that is newer than the last change of the lake that processes will read it."""
    try:
        since = lake.stat().st_mtime_ns if lake.exists() else -1
        size = 0
        for facts in islice(_facts(source), _LOOKED_AT):
            size += facts.st_size if facts.st_mtime_ns > since else 0
            if size > LITTLE_WORK:
                return True
    except OSError:
        pass  # what is wrong will be said by whoever opens it
    return False


def _facts(source: Path) -> Iterator[os.stat_result]:
    if not source.is_dir():
        yield source.stat()
        return
    for folder, _, names in os.walk(source):
        for name in names:
            yield Path(folder, name).stat()
