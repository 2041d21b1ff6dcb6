"""What commands want of the server that has the lake: as they write it down, and as the server reads it.

A command and a server may be of different versions. So all has to be said, and what one of them does not know is
refused: nothing of it is left out in silence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from ...application.keeping.dismiss_rejects import ChosenRejects
from ...application.ports.source_reader import FeedFilter
from ...domain.runs import OnConflict

if TYPE_CHECKING:
    from ...application.importing.import_request import ImportRequest


def _unquoted(given: Any) -> Any:
    return Path(os.fsdecode(unquote_to_bytes(given))) if isinstance(given, str) else given


def _quoted(path: Path) -> str:
    return quote_from_bytes(os.fsencode(path))


#: A path, whose odd bytes are quoted on the way as in a URL.
QuotedPath = Annotated[Path, BeforeValidator(_unquoted), PlainSerializer(_quoted)]


class Wanted(BaseModel):
    """Something that a server is to do."""

    model_config = ConfigDict(extra="forbid")


class WantedImport(Wanted):
    """An ``ImportRequest``; without a number of ``workers`` it is the server's."""

    source: QuotedPath
    reader: str | None
    assume_category: str | None
    feeds: FeedFilter
    workers: int | None
    batch_size: int
    resume: bool
    force: bool
    clear_existing: bool
    without_sources: bool
    on_conflict: OnConflict
    max_error_rate: float
    dry_run: bool
    import_id: str | None

    def request(self, workers: int) -> ImportRequest:
        """Make the request to the use case."""
        from ...application.importing.import_request import ImportRequest

        return ImportRequest(**dict(self) | {"workers": self.workers or workers})


class WantedBackup(Wanted):
    """A backup in a new folder."""

    place: QuotedPath


class WantedCompaction(Wanted):
    """A compaction, or its rehearsal."""

    dry_run: bool


class WantedRemoval(Wanted):
    """A removal of a source, or its rehearsal; ``names`` are what the lake may know the source by."""

    names: tuple[str, ...]
    feeds: FeedFilter
    dry_run: bool


class WantedDismissal(Wanted):
    """A dismissal of rejects, or its undoing."""

    chosen: ChosenRejects
    undo: bool


class WantedAccount(Wanted):
    """The account of the lake, and the comparison with a source if one is named."""

    checksums: bool
    source: QuotedPath | None
    reader: str | None
