"""``gexlake coverage``: what is there of each session of the exchange, and what is missing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, feed, in_order, on_lake
from ..asked.values import Day
from ..output.jsons import print_json
from ..session import Session
from ..terminal.drawing import draw
from ..terminal.tables import console, say, show_table
from ..terminal.words import count, counted, duration

if TYPE_CHECKING:
    from ....domain.coverage import DayCoverage

#: Which conditions of a day end the command with status 1, by the value of --fail-on.
FAILING = {"missing": ("missing",), "degraded": ("missing", "degraded")}


@click.command
@feed
@click.option("--start", type=Day(), metavar="DATE", help="From this session on.  [default: a feed's first day]")
@click.option("--end", type=Day(), metavar="DATE", help="Up to this session.  [default: a feed's last day]")
@click.option("--fail-on", type=click.Choice(list(FAILING)), help="End with status 1 if a session is so, or worse.")
@as_json
@on_lake
@click.pass_obj
def coverage(
    session: Session,
    /,
    ticker: str | None,
    package: str | None,
    category: str | None,
    *,
    start: date | None,
    end: date | None,
    fail_on: str | None,
    as_json: bool,
) -> int:
    """Say what is there of each session of the New York exchange: available, degraded, pending or missing.

    A gap is longer than a few of the day's own steps, so a feed that publishes seldom has none. Holidays are no
    sessions, and a session that closes early is a full one.
    """
    from ...lakes import asking
    from ...shapes.reports import coverage_object

    in_order(start, end)
    container = session.container()
    with asking(container) as lake:
        feeds = container.query_gex(lake).fitting_feeds(ticker, package, category)
        days = container.survey_coverage(lake).run(feeds, start, end)
    if as_json:
        print_json([coverage_object(day) for day in days])
    else:
        show_coverage(days)
    return int(fail_on is not None and any(day.condition in FAILING[fail_on] for day in days))


def show_coverage(days: list[DayCoverage]) -> None:
    """Draw the calendar of each feed, and the table of its days."""
    from ..terminal.calendar_picture import calendar_picture

    if not days:
        say("There is nothing in the lake yet, or no session in that time.")
        return
    for feed_ in dict.fromkeys(day.feed for day in days):
        mine = [day for day in days if day.feed == feed_]
        say(str(feed_), style="bold")
        say()
        draw(calendar_picture(mine, width=min(console().width, 100)))
        say()
        show_table(
            ("day", "condition", "snapshots", "UTC", "step", "why"),
            [_row(day) for day in mine],
            numbers=("snapshots", "step"),
            folding="why",
            total=(counted(len(mine), "day"), "", count(sum(day.snapshots for day in mine)), "", "", ""),
        )
        say()


def _row(day: DayCoverage) -> tuple[str, ...]:
    span = f"{day.first:%H:%M:%S}-{day.last:%H:%M:%S}" if day.first and day.last else ""
    step = f"{day.cadence.usual:g} s" if day.cadence else ""
    return str(day.date), day.condition.value, count(day.snapshots), span, step, "; ".join(reasons(day))


def reasons(day: DayCoverage) -> list[str]:
    """Say why a day is not simply available."""
    from ....domain.coverage import Shortfall

    said = []
    for reason in day.reasons:
        if reason is Shortfall.GAPS:
            longest = max(day.gaps, key=lambda gap: gap.seconds)
            which = "the longest " if len(day.gaps) > 1 else ""
            said.append(
                f"{counted(len(day.gaps), 'gap')}, {which}{duration(longest.seconds)} from {longest.start:%H:%M:%S}"
            )
        elif reason is Shortfall.LATE_START:
            said.append(f"starts {duration(day.late.total_seconds())} late")
        elif reason is Shortfall.EARLY_END:
            said.append(f"ends {duration(day.early.total_seconds())} early")
        elif reason is Shortfall.FLAGGED:
            said.append(f"{counted(day.flagged, 'flagged ladder')}")
        elif reason is Shortfall.STILL_GROWING:
            said.append("the session is still on")
        else:
            said.append("nothing of this session")
    return said
