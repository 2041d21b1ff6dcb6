"""``gexlake import``: bring a folder or file of history into the lake."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ....application.columns.row_group import ROW_GROUP
from ..asked.options import as_json, assume_category, feed_filter, on_conflict, on_lake, only_feeds, progress, reader
from ..asked.values import Share, Source, Whole
from ..ending.stopping import stop_on_hangup, stop_when_asked
from ..session import Session
from ..startup.strangers import strangers_on_stderr

if TYPE_CHECKING:
    from ....application.importing.import_request import ImportRequest
    from ....application.ports.progress import ProgressListener
    from ....domain.runs import ImportRun
    from ...container import Container


@click.command(name="import")
@click.argument("source", type=Source())
@click.option("--dry-run", is_flag=True, help="Read and judge everything; the lake stays as it is.")
@only_feeds
@assume_category
@click.option("--types", type=click.Choice(["gex"]), default="gex", show_default=True, help="What to import.")
@reader
@click.option("--workers", type=Whole(1), metavar="N", help="Parse N files at a time.  [default: cores]")
@click.option(
    "--batch-size",
    type=Whole(1, 100_000),
    default=ROW_GROUP,
    show_default=True,
    metavar="N",
    help="Snapshots whose ladders make a Parquet row group.",
)
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="Go on where an interrupted run stopped, or read again the files that it took in.",
)
@click.option("--force", is_flag=True, help="Read all files again, whatever was imported from them before.")
@click.option("--clear-existing", is_flag=True, help="First take out what SOURCE gave before.")
@click.option("--without-sources", is_flag=True, help="Even what no file brings back.")
@click.option("--yes", is_flag=True, help="Do not ask before --clear-existing.")
@on_conflict
@click.option(
    "--max-error-rate",
    type=Share(),
    default=0.001,
    show_default=True,
    help="The share of rejects and conflicts above which a run is no success.",
)
@progress
@as_json
@on_lake
@click.pass_context
def import_command(ctx: click.Context, /, *, source: Path, as_json: bool, progress: str, **options: Any) -> None:
    """Import SOURCE, a folder or file of GEX history, into the lake.

    Files that were imported before and have not changed are skipped: after a stop the same command goes on.
    The exit status is 0 if all is well, 1 if some of it did not go in, 2 for a wrong call, 3 for a failure.
    """
    session = ctx.ensure_object(Session)
    from ....application.importing.planning.readers import choose_reader
    from ..output.import_report import conclude
    from ..terminal.progress import listener

    if options["without_sources"] and not options["clear_existing"]:
        raise click.UsageError("--without-sources says what --clear-existing may take out; give both.")
    container = session.container(workers=options["workers"])
    with strangers_on_stderr():  # nobody wants a lake made for a misspelt source
        choose_reader(container.readers(), source, options["reader"])
    stop_when_asked()
    if options["clear_existing"] and not options["dry_run"] and not options["yes"]:
        _ask(source)
    request = _request(source, container.settings().workers, options)
    with strangers_on_stderr():
        run, server = _run(container, request, options["workers"], listener(progress))
    ctx.exit(conclude(run, session, as_json=as_json, server=server))


def _run(
    container: Container, request: ImportRequest, workers: int | None, listener: ProgressListener
) -> tuple[ImportRun, str]:
    """Import in the server that owns the lake, if there is one, else here; give the server's URL, or ""."""
    from ...lakes import rehearsing, writing
    from ...server.server_file import find_server

    if (server := find_server(container.settings().lake)) is not None:
        from ...server.client import NoServer
        from ..handover.handoff import hand_over

        with suppress(NoServer):  # it is about to end, or its place was taken: who has the lake will turn out
            return hand_over(server, request, workers, listener), server.url
    stop_on_hangup()
    run: ImportRun
    if request.dry_run:
        with rehearsing(container) as (scratch, base):
            run = container.import_history(scratch, base=base).run(request, listener)
    else:
        with writing(container, settled=False) as lake:
            run = container.import_history(lake).run(request, listener)
    return run, ""


def _request(source: Path, workers: int, options: dict[str, Any]) -> ImportRequest:
    from ....application.importing.import_request import ImportRequest
    from ....application.importing.planning.readers import canonical
    from ....domain.runs import OnConflict

    said = options | {
        "source": canonical(source),
        "feeds": feed_filter(options),
        "workers": workers,
        "on_conflict": OnConflict(options["on_conflict"]),
    }
    return ImportRequest(**{field.name: said[field.name] for field in fields(ImportRequest) if field.name in said})


def _ask(source: Path) -> None:
    """Let the user confirm that stored data goes."""
    if not sys.stdin.isatty():
        raise click.UsageError("--clear-existing removes what is stored; where nobody can be asked, add --yes.")
    click.confirm(f"Take out what {source} gave before, and import it anew?", abort=True, err=True)
