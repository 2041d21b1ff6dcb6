"""``gexlake remove``: take out of the lake what a file or a folder gave."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..asked.options import as_json, feed_filter, on_lake, only_feeds
from ..asked.values import Source
from ..ending.stopping import leave_nothing_half_done
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say, show_days
from ..terminal.words import counted

if TYPE_CHECKING:
    from ....application.keeping.remove_source import Removed
    from ....application.ports.source_reader import FeedFilter
    from ...container import Container

#: How many files and commands are shown without --verbose.
_FEW = 10


@click.command
@click.argument("source", type=Source())
@only_feeds
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask before.")
@as_json
@on_lake
@click.pass_obj
def remove(session: Session, /, *, source: Path, dry_run: bool, yes: bool, as_json: bool, **options: Any) -> None:
    """Take out of the lake what SOURCE gave, a file or a folder: snapshots, ladders, rejects, and what is known of it.

    SOURCE need not exist any more, and nothing is imported. What files elsewhere repeat comes back with their next
    import. All goes in one commit; a server that has the lake does it, and goes on answering.
    """
    if not (dry_run or yes or sys.stdin.isatty()):
        raise click.UsageError("What is removed is gone; where nobody can be asked, add --yes, or look with --dry-run.")
    leave_nothing_half_done()
    container, feeds = session.container(), feed_filter(options)
    if not (dry_run or yes):
        _ask(_remove(container, source, feeds, dry_run=True))
    removed = _remove(container, source, feeds, dry_run=dry_run)
    if as_json:
        from ...shapes.reports import removed_object

        print_json({"dry_run": dry_run} | removed_object(removed))
    else:
        _show(removed, source, session)


def _remove(container: Container, source: Path, feeds: FeedFilter, *, dry_run: bool) -> Removed:
    """Remove here, or have the server do it that has the lake."""
    from ....application.importing.planning.readers import canonical
    from ....application.keeping.remove_source import Removed
    from ....domain.escapes import escaped
    from ...lakes import reading, writing
    from ...server.wanted import WantedRemoval
    from ..handover.errands import handed_over

    # As an import would have named it, or else as the lineage lists it: not all that it lists are paths.
    names = tuple(dict.fromkeys((escaped(canonical(source)), escaped(source))))
    wanted = WantedRemoval(names=names, feeds=feeds, dry_run=dry_run)
    if (done := handed_over(container, "removals", wanted, Removed, in_turn=not dry_run)) is not None:
        return done
    with reading(container) if dry_run else writing(container, made=False) as lake:
        removed: Removed = container.remove_source(lake).run(names, feeds, dry_run=dry_run)
        return removed


def _ask(would: Removed) -> None:
    """Let the user confirm that stored data goes."""
    from ..output.import_report import gone

    what = gone(would.snapshots, would.files, would.rejects)
    click.confirm(f"Take {what} that came from {would.source} out of the lake?", abort=True, err=True)


def _show(removed: Removed, source: Path, session: Session) -> None:
    from ..output.import_report import gone

    if removed.days:
        show_days(removed.days, "snapshots", "strikes", "flagged", "files", unsummed="files")
        say()
    rehearsed = removed.import_id is None
    what = gone(removed.snapshots, removed.files, removed.rejects)
    say(f"Dry run: {what} would be taken out" if rehearsed else f"Run {removed.import_id} took out {what}")
    if removed.forgotten:
        say(f"  the lineage {'would forget' if rehearsed else 'has forgotten'} {counted(removed.forgotten, 'file')}")
    if not _is_missing(source):
        say(f"  {removed.source} is still there: an import that reads it brings that back")
    if removed.repeating:
        other = counted(len(removed.repeating), "file")
        say(f"  {other} elsewhere may repeat some of it; to have that back, import again:")
        _show_few([f"  {session.command(command)}" for command in removed.imports], session)
        if missing := [file for file in removed.repeating if _is_missing(file)]:
            are, they = ("is", "it is") if len(missing) == 1 else ("are", "they are")
            say(
                f"  {counted(len(missing), 'file')} of these {are} not there any more; what no other file has of that "
                f"is lost to the lake until {they} back:"
            )
            _show_few(missing, session)
    if removed.waiting:
        again = "waits again" if removed.waiting == 1 else "wait again"
        replay = session.command("rejects replay")
        say(f"  {counted(removed.waiting, 'reject')} that had been taken in {again}: {replay}")
    if removed.staying:
        say("  what it repeated, or what replays took in of its rejects, stays; it is of")
        _show_few(removed.staying, session)


def _is_missing(file: str | Path) -> bool:
    """Say whether there is nothing at a path any more; what may not be looked at may well be there."""
    from ....application.ports.source_reader import unescaped
    from ....application.presence import exists

    try:
        return not exists(unescaped(file))
    except OSError:
        return False


def _show_few(lines: Sequence[str], session: Session) -> None:
    shown, more = session.some(lines, _FEW)
    for line in (*shown, *more):
        say(f"    {line}")
