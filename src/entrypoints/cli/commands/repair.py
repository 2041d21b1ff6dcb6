"""``gexlake repair``: mend damaged parts or set them aside, and say which sources to import again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, on_lake
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say
from ..terminal.words import counted

if TYPE_CHECKING:
    from ....application.keeping.repair_lake import Repaired


@click.command
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--without-sources", is_flag=True, help="Go on even if sources do not bring everything back.")
@as_json
@on_lake
@click.pass_context
def repair(ctx: click.Context, /, *, dry_run: bool, without_sources: bool, as_json: bool) -> None:
    """Mend what is damaged, or set it aside and say which sources to import again.

    Half-done work is settled first. Copies of snapshots are written anew from the database if the ladders prove
    them, and so is a damaged journal. Any other Parquet file that is not as it was written moves to 'quarantine' in
    the lake, its part's snapshots leave the database, and their sources count as unknown: the next import brings
    them back. The exit status is 0 if nothing was off, 1 if anything was.
    """
    from ...lakes import reading, writing

    session = ctx.ensure_object(Session)
    container = session.container()
    with reading(container) if dry_run else writing(container, made=False) as lake:
        done: Repaired = container.repair_lake(lake).run(dry_run=dry_run, without_sources=without_sources)
    if as_json:
        told = [one.model_dump(mode="json") | {"sentence": one.sentence} for one in done.off]
        print_json(asdict(done) | {"off": told, "dry_run": dry_run})
    else:
        _show(done, session, dry_run=dry_run)
    ctx.exit(1 if done.off else 0)


def _show(done: Repaired, session: Session, *, dry_run: bool) -> None:
    if not done.off:
        say("Every part is as it was written; nothing to repair.")
        return
    for one in done.off:
        say(f"{one.sentence}.", style="bold")
    for place in done.put_aside:
        say(f"  set aside: {place}")
    anew = "would be" if dry_run else "was"
    for part in done.rewritten:
        say(f"  {anew} written anew from the database and its ladders: {part}")
    leave = "would leave" if dry_run else "left"
    if done.snapshots:
        say(f"{counted(done.snapshots, 'snapshot')} {leave} the lake until the sources are imported again.")
    if done.rejects:
        replay = session.command("rejects replay")
        say(f"{counted(done.rejects, 'reject')} that a replay had taken in wait again: {replay}")
    for source in done.gone:
        say(f"{source} does not bring all of that back.", style="bold")
    if done.imports and not dry_run:
        say()
        say("Import these again:")
        for command in done.imports:
            say(f"  {session.command(command)}")
