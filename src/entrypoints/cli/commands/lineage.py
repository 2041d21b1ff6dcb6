"""``gexlake runs`` and ``gexlake lineage``: what was imported when, and from which files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..asked.options import as_json, in_order, known_run, limit, on_lake
from ..asked.values import Moment
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import show_table
from ..terminal.words import count, stamp

if TYPE_CHECKING:
    from ....domain.runs import ImportRun, SourceFileRecord

# Literals, as in ``values``; a test compares them with the domain's.
RUN_STATUSES = ("running", "success", "partial", "failed", "interrupted")
FILE_STATUSES = ("imported", "unchanged", "partial", "failed", "unsupported")


@click.command
@click.option("--status", type=click.Choice(RUN_STATUSES), help="Only runs that stand or ended so.")
@limit
@as_json
@on_lake
@click.pass_obj
def runs(session: Session, /, status: str | None, limit: int, *, as_json: bool) -> None:
    """List the import runs, the newest first."""
    from ....domain.runs import RunStatus
    from ...lakes import asking
    from ...shapes.reports import run_listing

    with asking(session.container()) as lake:
        found = lake.lineage.runs(limit + 1, RunStatus(status) if status else None)
    if as_json:
        print_json([run_listing(run) for run in found[:limit]])
    else:
        _show_runs(found[:limit])
    _tell_of_more(len(found), limit)


def _show_runs(found: list[ImportRun]) -> None:
    from ..output.import_report import did_without_reading

    show_table(
        ("started (UTC)", "status", "snapshots", "rejected", "run and source"),
        [
            (
                stamp(run.started_at),
                run.status.value,
                count(run.counts.accepted),
                count(run.counts.rejected + run.counts.conflicts),
                (run.import_id, run.source, *(f"  {did}" for did in did_without_reading(run))),
            )
            for run in found
        ],
        numbers=("snapshots", "rejected"),
        folding="run and source",
    )


@click.command
@click.option("--status", type=click.Choice(FILE_STATUSES), help="Only files of which this became.")
@click.option("--run", "import_id", metavar="ID", help="Only files of this run.")
@click.option("--path", metavar="TEXT", help="Only files with this anywhere in their path.")
@click.option("--start", type=Moment(), help="Only readings from this moment on.")
@click.option("--end", type=Moment(last=True), help="Only readings up to this moment.")
@limit
@as_json
@on_lake
@click.pass_obj
def lineage(session: Session, /, *, status: str | None, limit: int, as_json: bool, **wanted: Any) -> None:
    """List the source files, each reading with what became of it, the newest first."""
    from ....domain.escapes import escaped
    from ....domain.runs import FileStatus
    from ...lakes import asking
    from ...shapes.reports import file_object

    if wanted["path"] is not None:
        wanted["path"] = escaped(wanted["path"])
    in_order(wanted["start"], wanted["end"])
    with asking(session.container()) as lake:
        known_run(lake, wanted["import_id"])
        found = lake.lineage.files(status=FileStatus(status) if status else None, limit=limit + 1, **wanted)
    if as_json:
        print_json([file_object(file) for file in found[:limit]])
    else:
        _show_files(found[:limit], session)
    _tell_of_more(len(found), limit)


def _show_files(found: list[SourceFileRecord], session: Session) -> None:
    show_table(
        ("read at (UTC)", "status", "snapshots", "rejected", "file"),
        [
            (
                stamp(file.import_timestamp),
                file.status.value,
                count(file.counts.accepted),
                count(file.counts.rejected + file.counts.conflicts),
                _with_errors(file, session),
            )
            for file in found
        ],
        numbers=("snapshots", "rejected"),
        folding="file",
    )


def _tell_of_more(found: int, limit: int) -> None:
    if found > limit:
        click.echo(f"The newest {limit:,}; --limit shows more.", err=True)


def _with_errors(file: SourceFileRecord, session: Session) -> tuple[str, ...]:
    """Give the file's path and below it what is wrong: the first error, or all with --verbose."""
    shown, more = session.some(file.errors, 1)
    return (file.source_file, *(f"  {session.here(line)}" for line in (*shown, *more)))
