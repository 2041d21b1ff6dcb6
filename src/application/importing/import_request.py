"""What is asked of an import, and how a run notes it, for people to read later and to ask for the same again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

from ...domain.runs import ImportRun, OnConflict
from ..columns.row_group import ROW_GROUP
from ..ports.source_reader import FeedFilter

#: What a run notes under the name that it has in a request, in the order in which it is told.
_NOTED = (
    "assume_category",
    "on_conflict",
    "max_error_rate",
    "batch_size",
    "force",
    "clear_existing",
    "without_sources",
    "resume",
)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import and how; ``import_id`` is the name of the run, if it has one before it begins.

    ``clear_existing`` takes out first what the source gave of the feeds in question, ``without_sources`` even what it
    cannot bring back.
    """

    source: Path
    reader: str | None = None
    assume_category: str | None = None
    feeds: FeedFilter = field(default_factory=FeedFilter)
    workers: int = 1
    batch_size: int = ROW_GROUP
    resume: bool = True
    force: bool = False
    clear_existing: bool = False
    without_sources: bool = False
    on_conflict: OnConflict = OnConflict.KEEP
    max_error_rate: float = 0.001
    dry_run: bool = False
    import_id: str | None = None


def words_of(request: ImportRequest, reader: str) -> dict[str, object]:
    """Write down the options of a run, which reads with the ``reader`` of that name."""
    words: dict[str, object] = {"reader": reader, **{name: getattr(request, name) for name in _NOTED}}
    words["on_conflict"] = request.on_conflict.value
    if not request.without_sources:  # which is rarely of interest
        del words["without_sources"]
    if request.feeds:
        words["feeds"] = str(request.feeds)
    return words


def unusual(run: ImportRun) -> dict[str, object]:
    """Give those options of a run that are not the usual ones, but for its reader and its feeds."""
    usual = {field.name: field.default for field in fields(ImportRequest)}
    return {name: run.options[name] for name in _NOTED if run.options.get(name, usual[name]) != usual[name]}
