"""``gexlake rejects dismiss``: say of rejects that they are rightly out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..asked.options import as_json, known_run, on_lake
from ..asked.reject_filters import REJECT_ID, filters
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say
from ..terminal.words import count, counted

if TYPE_CHECKING:
    from ....application.keeping.dismiss_rejects import ChosenRejects, Dismissal
    from ....application.ports.unit_of_work import Lake
    from ...container import Container


@click.command
@click.argument("reject_ids", type=REJECT_ID, nargs=-1, metavar="[ID]...")
@filters
@click.option("--all", "every_one", is_flag=True, help="All that wait; with --undo, all that are dismissed.")
@click.option("--undo", is_flag=True, help="Have dismissed rejects wait again; --run may name the run that did it.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json
@on_lake
@click.pass_obj
def dismiss(session: Session, /, *, undo: bool, dry_run: bool, as_json: bool, **wanted: Any) -> None:
    """Say that the rejects with these IDs, or those that the options choose, are rightly out: they wait no more.

    They are kept word for word, and 'gexlake rejects list --all' has them; no list of what waits and no replay does.
    Files that are read again do not have them wait anew. --undo does.
    """
    chosen = _chosen(**wanted)
    container = session.container()
    done = _dismiss(container, chosen, undo=undo, dry_run=dry_run)
    if as_json:
        from ...shapes.reports import dismissal_object

        print_json(dismissal_object(done, undo=undo, dry_run=dry_run))
        return
    if not done.reject_ids:
        click.echo("No dismissed rejects." if undo else "No rejects to dismiss.", err=True)
        return
    _tell(done, undo=undo, dry_run=dry_run)
    if done.import_id is not None and not undo:
        back = session.command(f"rejects dismiss --undo --run {done.import_id}")
        click.echo(f"To have them wait again: {back}", err=True)


def _chosen(*, reject_ids: tuple[int, ...], every_one: bool, **options: str | None) -> ChosenRejects:
    """Give the choice that was made.

    Raises:
        click.UsageError: there is none, or there are two.
    """
    from ....application.keeping.dismiss_rejects import ChosenRejects
    from ....domain.escapes import escaped

    filtered = any(options.values())
    if not (reject_ids or filtered or every_one):
        raise click.UsageError("Say which rejects: by IDs, --reason, --run or --path, or --all.")
    if reject_ids and (filtered or every_one):
        raise click.UsageError("IDs name the rejects; leave --reason, --run, --path and --all out.")
    if filtered and every_one:
        raise click.UsageError("--all is every one; leave it out, or --reason, --run and --path.")
    path = None if options["path"] is None else escaped(options["path"])
    return ChosenRejects(reject_ids, options["reason"], path, options["import_id"])


def _dismiss(container: Container, chosen: ChosenRejects, *, undo: bool, dry_run: bool) -> Dismissal:
    """Do it here, or have the server do it that has the lake."""
    from ....application.keeping.dismiss_rejects import Dismissal
    from ...lakes import asking, writing
    from ...server.wanted import WantedDismissal
    from ..handover.errands import handed_over

    found: Dismissal
    with asking(container) as lake:
        _check(lake, chosen, undo=undo)
        if dry_run:
            found = container.dismiss_rejects(lake).run(chosen, undo=undo, dry_run=True)
            return found
    wanted = WantedDismissal(chosen=chosen, undo=undo)
    if (done := handed_over(container, "dismissals", wanted, Dismissal, in_turn=True)) is not None:
        return done
    with writing(container, made=False) as lake:
        found = container.dismiss_rejects(lake).run(chosen, undo=undo)
        return found


def _check(lake: Lake, chosen: ChosenRejects, *, undo: bool) -> None:
    """Refuse a run that the lake does not know, and numbers of which nothing can be done.

    Raises:
        click.UsageError: it is one.
    """
    from ....application.keeping.dismiss_rejects import fits

    known_run(lake, chosen.import_id)
    for number in chosen.reject_ids:
        stored = lake.lineage.reject(number)
        if stored is None or not fits(stored, undo=undo):
            wrong = f"No reject {number} is dismissed; 'gexlake rejects list --all' has those that are."
            raise click.UsageError(
                wrong if undo else f"No reject {number} waits; 'gexlake rejects list' has those that do."
            )


def _tell(done: Dismissal, *, undo: bool, dry_run: bool) -> None:
    verb, end = ("reopen", "They wait again.") if undo else ("dismiss", "They wait no more.")
    begin = f"Would {verb}" if dry_run else f"{verb.capitalize()}ed"
    reasons = ", ".join(f"{count(number)} {reason}" for reason, number in done.reasons.items())
    say(f"{begin} {counted(len(done.reject_ids), 'reject')}: {reasons}.{'' if dry_run else f' {end}'}")
