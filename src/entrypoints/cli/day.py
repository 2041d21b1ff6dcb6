"""``gexlake day``: the picture of one trading day."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from .options import Day, feed, on_lake
from .session import Session

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from ...domain.feed import Feed

NARROWEST, WIDEST = 40, 120


@click.command
@click.argument("ticker", required=False)
@click.option("--date", type=Day(), metavar="DATE", help="The trading day, in New York.  [default: the last one]")
@feed
@on_lake
@click.pass_obj
def day(
    session: Session, /, ticker: str | None, *, date: datetime | None, package: str | None, category: str | None
) -> None:
    """Draw a trading day of TICKER, the last one or that of --date: spot, zero gamma and the walls."""
    from ..lakes import asking
    from .query_feeds import find_feed
    from .tables import console

    container = session.container()
    with asking(container) as lake:
        query = container.query_gex(lake)
        feed = find_feed(query, ticker, package, category)
        snapshots = query.day(feed, date.date() if date else query.last_day(feed))
    show_day(feed, snapshots, console())


def show_day(feed: Feed, snapshots: pa.Table, out: Console) -> None:
    """Draw the snapshots of a day, in the columns of ``Answer.snapshots``; there must be some."""
    import pyarrow as pa

    from ...domain.timestamps import NEW_YORK
    from .drawing import draw
    from .picture import MARKS, day_picture
    from .tables import say
    from .words import counted

    when = snapshots.column("timestamp")
    session = when[-1].as_py().astimezone(NEW_YORK).date()
    say(f"{feed}  {session}  {counted(len(when), 'snapshot')}", style="bold")
    columns = {name: snapshots.column(name).to_numpy() for name in ("spot", *(mark[0] for mark in MARKS))}
    columns["timestamp"] = when.cast(pa.int64()).to_numpy()
    draw(day_picture(columns, width=max(NARROWEST, min(out.width, WIDEST))), out)
