"""``gexlake flagged``: the ladders that do not add up to the sums which the vendor publishes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, feed, limit, on_lake
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say, show_days, show_table
from ..terminal.words import moment, number

if TYPE_CHECKING:
    from ....application.ports.snapshot_store import DayCount
    from ....domain.flagged import FlaggedLadder


@click.command
@feed
@limit
@as_json
@on_lake
@click.pass_obj
def flagged(
    session: Session,
    /,
    ticker: str | None,
    package: str | None,
    category: str | None,
    *,
    limit: int,
    as_json: bool,
) -> None:
    """List the ladders that miss their checksum: what the vendor's sums claim, and what the ladder adds up to.

    They are stored as they came. The sums are sum_gex_vol and sum_gex_oi; only the package classic has them.
    """
    from ...lakes import asking
    from ...shapes.reports import flagged_object

    container = session.container()
    with asking(container) as lake:
        feeds = container.query_gex(lake).fitting_feeds(ticker, package, category)
        listing = container.list_flagged(lake)
        days = listing.days(feeds)
        found = listing.first(limit, feeds)
    if as_json:
        print_json([flagged_object(ladder) for ladder in found])
        return
    _show(days, found)


def _show(days: list[DayCount], found: list[FlaggedLadder]) -> None:
    if not days:
        say("No flagged ladders: all add up.")
        return
    show_days(days, "flagged", "snapshots")
    say()
    names = ("by volume", "adds up to", "by interest", "adds up to ")
    show_table(
        ("time", *names, "file and record"),
        [
            (
                moment(ladder.timestamp),
                number(ladder.claimed_vol),
                number(ladder.actual_vol),
                number(ladder.claimed_oi),
                number(ladder.actual_oi),
                (ladder.source_file, f"record {ladder.record}"),
            )
            for ladder in found
        ],
        numbers=names,
        folding="file and record",
    )
    if (left := sum(day.flagged for day in days) - len(found)) > 0:
        say(f"and {left:,} more; --limit shows them")
