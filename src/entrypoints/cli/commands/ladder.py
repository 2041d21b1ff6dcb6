"""``gexlake ladder``: the strikes of one snapshot."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...pictures.gex_by import BY, TITLES
from ..asked.options import check_age, feed, max_age, on_lake, output
from ..asked.values import Moment, Whole
from ..output.jsons import json_bytes
from ..session import Session
from ..terminal.drawing import draw
from ..terminal.tables import console, say, show_table
from ..terminal.words import moment, number

if TYPE_CHECKING:
    import pyarrow as pa

    from ....application.asking.answer import Answer
    from ....domain.feed import Feed


@click.command
@click.option("--at", type=Moment(last=True), help="As of this moment.  [default: the latest]")
@max_age
@feed
@click.option("--by", type=click.Choice(list(BY)), help="Which gamma to draw.  [default: volume]")
@click.option("--rows", type=Whole(3), metavar="N", help="Draw the N (3 or more) strikes nearest to spot.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["picture", "table", "json", "csv", "arrow", "parquet"]),
    help="[default: picture on a terminal or with --by or --rows, else table]",
)
@click.option("--json", "shape", flag_value="json", help="The same as --format json.")
@output
@on_lake
@click.pass_obj
def ladder(
    session: Session, /, ticker: str | None, *, at: datetime | None, max_age: timedelta | None, **options: Any
) -> None:
    """Show the strikes of one snapshot of TICKER, the latest or the one --at a moment."""
    from ....application.asking.answer import Answer
    from ...lakes import asking
    from ..asked.query_feeds import find_feed

    check_age(max_age, at)
    output, by, rows = options["output"], options["by"], options["rows"]
    drawn = by or rows or (console().is_terminal and not output)
    shape = options["shape"] or ("picture" if drawn else "table")
    if output and shape in ("picture", "table"):
        raise click.UsageError("--output wants --format json, csv, arrow or parquet.")
    if (by or rows) and shape != "picture":
        raise click.UsageError(f"--by and --rows are for the picture; leave them or --format {shape} out.")
    container = session.container()
    with asking(container) as lake:
        query = container.query_gex(lake)
        feed = find_feed(query, ticker, options["package"], options["category"])
        snapshot, strikes = query.ladder(feed, at, max_age)
    if shape == "picture":
        show_ladder(feed, snapshot, strikes, by=by or "volume", rows=rows)
    elif shape == "table":
        _show_heading(feed, snapshot)
        _show_table(strikes)
    elif shape == "json":
        _write_object(Answer(feed, snapshot, strikes), output)
    else:
        from ..output.query_output import write_tables

        write_tables([strikes], shape, output)


def show_ladder(
    feed: Feed, snapshot: pa.Table, strikes: pa.Table, *, by: str = "volume", rows: int | None = None
) -> None:
    """Draw a ladder for the terminal: what the snapshot says, and a bar for each strike around spot."""
    from ...shapes.contract import snapshot_rows
    from ..terminal.ladder_picture import ROWS, ladder_picture

    out = console()
    (row,) = snapshot_rows(snapshot, snapshot.column_names)
    prices, gamma = (strikes.column(name).to_pylist() for name in ("strike", BY[by][0]))
    shown = min(rows or min(ROWS, max(10, out.height - 8)), len(prices))
    _show_heading(feed, snapshot, f"  GEX by {TITLES[by]}")
    draw(ladder_picture(prices, gamma, marks=_marks(row, by), width=min(out.width, 100), rows=shown))
    if shown < len(prices):
        say(f"{shown} of {len(prices)} strikes, those nearest to spot; --rows {len(prices)} draws all")


def _marks(row: dict[str, Any], by: str) -> dict[str, float]:
    """Give the prices that the picture shows by name; 0 means that there is none."""
    _, which = BY[by]
    prices = {
        "spot": row["spot"],
        "zero gamma": row["zero_gamma"],
        "+ wall": row[f"major_pos_{which}"],
        "- wall": row[f"major_neg_{which}"],
    }
    return {name: price for name, price in prices.items() if price}


def _show_heading(feed: Feed, snapshot: pa.Table, drawn: str = "") -> None:
    """Say which snapshot it is whose strikes follow: with --at, and without it, it may be an old one.

    Of a picture, say what its bars are, too: those by volume and by open interest look alike.
    """
    timestamp, spot = (snapshot.column(name)[0].as_py() for name in ("timestamp", "spot"))
    say(f"{feed}  {moment(timestamp)}  spot {number(spot)}{drawn}", style="bold")


def _show_table(strikes: pa.Table) -> None:
    names = strikes.column_names[1:]
    rows = [[number(value) for value in row.values()] for row in strikes.select(names).to_pylist()]
    show_table(names, rows, numbers=names)


def _write_object(answer: Answer, output: Path | None) -> None:
    """Write the snapshot as the query contract has it, strikes included."""
    from ...shapes.contract import snapshot_objects
    from ..output.output_file import opened

    with opened(output) as out:
        out.write(json_bytes(*snapshot_objects(answer)))
