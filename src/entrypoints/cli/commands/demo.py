"""``gexlake demo``: what gexlake does, shown on made-up history."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from shutil import rmtree, which
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import click

from ..asked.options import verbose
from ..asked.values import Place
from ..ending.stopping import leave_nothing_half_done
from ..session import Session
from ..terminal.tables import say
from ..terminal.words import size

if TYPE_CHECKING:
    from ....application.asking.query_gex import QueryGex
    from ...container import Container

TICKER = "NQ_NDX"


@click.command
@click.option(
    "--lake",
    type=Place(file_okay=False),
    metavar="DIR",
    help="A new folder for the lake.  [default: a temporary one]",
)
@verbose
@click.pass_obj
def demo(session: Session, /, lake: Path | None) -> None:
    """Make two days of history, import them, and show what came out.

    No lake of yours is touched. If it does not come to its end, it removes what it has made.
    """
    from ....domain.errors import ImportInterrupted

    if lake and lake.exists() and any(lake.iterdir()):
        raise click.UsageError(f"{lake} is not empty; the demo wants a new folder.")
    leave_nothing_half_done()
    folder = Path(mkdtemp(prefix="gexlake-demo-"))
    made = [folder, lake] if lake else [folder]
    session.lake = lake or folder / "lake"
    try:
        _show(session, folder / "history", session.lake)
        say()
        say(f"All of it goes with: {shlex.join(['rm', '-r', '--', *map(str, made)])}")
    except BaseException as error:
        # Nobody has been told where it is, and the demo begins anew in any case.
        for place in made:
            rmtree(place, ignore_errors=True)
        if isinstance(error, ImportInterrupted):
            raise click.Abort from error
        raise


def _show(session: Session, history: Path, lake: Path) -> None:
    """Make the history, import it, and show what came out."""
    from ...lakes import reading
    from ..demo_history import write_demo_history

    _title("A history to import: two sessions, as recorders leave them")
    for path, remark in write_demo_history(history, TICKER):
        say(f"  {size(path.stat().st_size):>8}  {path.relative_to(history)!s:<44}  {remark}")
    container = session.container()
    _title(shlex.join(["gexlake", "import", str(history)]))
    _import(container, history, session)
    with reading(container) as opened:
        _show_levels(container.query_gex(opened), session)
    _title(f"On disk, in {lake}")
    _show_files(lake)
    _title("What to try next")
    activate = Path(sys.prefix, "bin", "activate")
    if which("gexlake") is None and activate.exists():  # as with ``make demo``, which needs no activation
        say(f"  {shlex.join(['.', str(activate)])}")
    for command in (
        f"day {TICKER} --output day.svg",
        "query --json",
        "rejects list",
        "lineage",
        f"query --feeds {TICKER}",
        shlex.join(["import", str(history)]),
    ):
        say(f"  {session.command(command)}")


def _import(container: Container, history: Path, session: Session) -> None:
    from ....application.importing.import_request import ImportRequest
    from ...lakes import writing
    from ..output.import_report import show_run
    from ..terminal.progress import listener

    request = ImportRequest(history, workers=container.settings().workers)
    with writing(container) as lake:
        run = container.import_history(lake).run(request, listener("auto"))
    show_run(run, session)


def _show_levels(query: QueryGex, session: Session) -> None:
    from ....application.asking.answer import Answer
    from ..terminal.query_table import show_snapshot
    from .day import show_day
    from .ladder import show_ladder

    feed = query.resolve_feed(TICKER)
    snapshot, strikes = query.ladder(feed)
    _title(session.command(f"query {TICKER}"))
    show_snapshot(Answer(feed, snapshot))
    _title(session.command(f"ladder {TICKER}"))
    show_ladder(feed, snapshot, strikes, rows=16)
    _title(session.command(f"day {TICKER}"))
    show_day(feed, query.day(feed, query.last_day(feed)))


def _show_files(lake: Path) -> None:
    for path in sorted(path for path in lake.rglob("*") if path.is_file()):
        name = path.relative_to(lake)
        shown = name.with_name("*.parquet") if name.suffix == ".parquet" else name
        say(f"  {size(path.stat().st_size):>8}  {shown}")


def _title(text: str) -> None:
    say()
    say(text, "bold cyan")
