"""``gexlake day``: the picture of one trading day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...pictures.gex_by import BY, TITLES
from ..asked.options import feed, on_lake, output
from ..asked.values import Day
from ..session import Session
from ..terminal.drawing import draw
from ..terminal.tables import console, say
from ..terminal.words import counted

if TYPE_CHECKING:
    import pyarrow as pa

    from ....domain.feed import Feed

NARROWEST, WIDEST = 40, 120
_SVG = ".svg"


@click.command
@click.option("--date", type=Day(), metavar="DATE", help="The trading day, in New York.  [default: the last one]")
@feed
@click.option("--by", type=click.Choice(list(BY)), default="volume", show_default=True, help="Which GEX to draw.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["picture", "svg"]),
    help="In characters, or as SVG, with the ladders through the day.  [default: svg with --output, else picture]",
)
@output
@on_lake
@click.pass_obj
def day(
    session: Session,
    /,
    ticker: str | None,
    *,
    date: date | None,
    package: str | None,
    category: str | None,
    by: str,
    shape: str | None,
    output: Path | None,
) -> None:
    """Draw a trading day of TICKER, the last one or that of --date: spot, zero gamma and the walls.

    As SVG, which every browser shows, the ladders of the day lie behind them.
    """
    from ...lakes import asking
    from ..asked.query_feeds import find_feed

    shape = shape or ("svg" if output else "picture")
    _check(shape, output)
    container = session.container()
    with asking(container) as lake:
        query = container.query_gex(lake)
        feed = find_feed(query, ticker, package, category)
        wanted = date or query.last_day(feed)
        if shape == "picture":
            show_day(feed, query.day(feed, wanted), by=by)
            return
        from ...pictures.day_svg import day_svg

        drawn = day_svg(query, feed, wanted, by)
    from ..output.output_file import opened

    with opened(output) as out:
        out.write(drawn)


def _check(shape: str, output: Path | None) -> None:
    """Refuse to write what is no SVG, or into what is called otherwise.

    Raises:
        click.UsageError: it is.
    """
    if output and shape != "svg":
        raise click.UsageError("--output wants --format svg.")
    if output and output.suffix.lower() not in ("", _SVG):
        raise click.UsageError(
            f"What is drawn is an SVG, and {output.name} would be taken for something else. Name it "
            f"{output.stem}{_SVG}; a browser shows it, and prints it as PDF."
        )


def show_day(feed: Feed, snapshots: pa.Table, *, by: str = "volume") -> None:
    """Draw the snapshots of a day, in the columns of ``Answer.snapshots``; there must be some."""
    import pyarrow as pa

    from ....domain.timestamps import trading_day
    from ..terminal.day_picture import MARKS, day_picture

    _, which = BY[by]
    when = snapshots.column("timestamp")
    session = trading_day(when[-1].as_py())
    walls = f"  walls by {TITLES[by]}" if by != "volume" else ""
    say(f"{feed}  {session}  {counted(len(when), 'snapshot')}{walls}", style="bold")
    names = ("spot", *(mark[0] for mark in MARKS))
    columns = {name: snapshots.column(name.replace("_vol", f"_{which}")).to_numpy() for name in names}
    columns["timestamp"] = when.cast(pa.int64()).to_numpy()
    draw(day_picture(columns, width=max(NARROWEST, min(console().width, WIDEST))))
