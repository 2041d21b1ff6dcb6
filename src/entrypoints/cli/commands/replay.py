"""``gexlake rejects replay``: judge rejects again, and import those that are good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..asked.options import as_json, on_conflict, on_lake
from ..asked.reject_filters import REJECT_ID, chosen, filters
from ..asked.values import Place
from ..session import Session


@click.command
@click.argument("reject_ids", type=REJECT_ID, nargs=-1, metavar="[ID]...")
@click.option(
    "--from",
    "mended",
    type=Place(exists=True, dir_okay=False),
    metavar="FILE",
    help="Take the words from this file, which 'rejects export' wrote and you have mended: in the order of the IDs.",
)
@filters
@on_conflict
@as_json
@on_lake
@click.pass_context
def replay(ctx: click.Context, /, *, reject_ids: tuple[int, ...], mended: Path | None, **options: Any) -> None:
    """Judge the rejects with these IDs again, or those that the options choose, and import the good ones.

    Without IDs and options it is all of them. Conflicts go in only with --on-conflict replace.
    """
    from ....domain.runs import OnConflict
    from ...lakes import writing
    from ..output.import_report import conclude

    session = ctx.ensure_object(Session)
    policy, as_json = OnConflict(options.pop("on_conflict")), options.pop("as_json")
    if reject_ids and any(options.values()):
        raise click.UsageError("IDs name the rejects; leave --reason, --run and --path out.")
    container = session.container()
    with writing(container, made=False) as lake:
        for number in sorted(reject_ids):
            stored = lake.lineage.reject(number)
            if stored is None or stored.replayed_in is not None:
                raise click.UsageError(f"No reject {number} waits; 'gexlake rejects list' has those that do.")
        wanted = list(dict.fromkeys(reject_ids)) or [stored.reject_id for stored in chosen(lake, **options)]
        if not wanted:
            click.echo("No rejects to replay.", err=True)
            return
        run = container.replay_rejects(lake).run(wanted, mended=mended, on_conflict=policy)
    ctx.exit(conclude(run, session, as_json=as_json))
