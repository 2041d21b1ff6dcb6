"""``gexlake rebuild``: make the lake's database anew, of its journal and its Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, on_lake
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say
from ..terminal.words import counted

if TYPE_CHECKING:
    from ....application.keeping.rebuild_lake import Rebuilt


@click.command
@as_json
@on_lake
@click.pass_context
def rebuild(ctx: click.Context, /, *, as_json: bool) -> None:
    """Make the lake's database anew from its journal and its Parquet files: for one that is gone, torn or behind.

    It is made beside the present one and proven before it takes its place; the present one is put aside. The exit
    status is 0 if everything is accounted for, 1 if anything is off.
    """
    from ...lakes import told_who_serves
    from ...shapes.reports import account_object

    session = ctx.ensure_object(Session)
    container = session.container()
    folder = container.settings().lake
    with told_who_serves(container):
        rebuilt: Rebuilt = container.rebuild_lake(container.index(folder=folder), container.journal(folder)).run()
    if as_json:
        print_json({"put_aside": rebuilt.put_aside, "runs": rebuilt.runs} | account_object(rebuilt.account))
    else:
        _show(rebuilt, session)
    ctx.exit(0 if rebuilt.account.holds else 1)


def _show(rebuilt: Rebuilt, session: Session) -> None:
    from .verify import show_account

    show_account(rebuilt.account, session)
    say(f"The database is made anew, with the lineage of {counted(rebuilt.runs, 'run')}.")
    if rebuilt.put_aside:
        say(f"The one before lies in {rebuilt.put_aside}; delete it when you do not miss anything.")
