"""``gexlake query``: the latest snapshot, the one as of a moment, or a range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..asked.options import check_age, feed, in_order, max_age, on_lake, output
from ..asked.values import Limit, Moment, Step
from ..session import Session

if TYPE_CHECKING:
    from ....application.asking.answer import Answer
    from ....application.asking.query_gex import QueryGex
    from ....domain.feed import Feed

LIMIT = 1000
#: The first character keeps click from joining the lines.
EXAMPLES = """\b
Examples:
  gexlake query NQ_NDX --at 2025-10-06T14:30:00-04:00
  gexlake query NQ_NDX --start 2025-10-06 --end 2025-10-06 --format csv
  gexlake query NQ_NDX --start 2025-10-06 --every 1m --no-ladder --json
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``at`` a moment, a range, the newest ``limit``, or, with none of them, the latest.

    Of many, if it is given, the last snapshot of ``every`` step; as of a moment none that is older than ``max_age``.
    """

    at: datetime | None
    start: datetime | None
    end: datetime | None
    limit: int | None
    ladder: bool
    every: timedelta | None = None
    max_age: timedelta | None = None

    def check(self) -> None:
        """Refuse what contradicts itself."""
        if self.at and self.many:
            raise click.UsageError(
                "--at asks for one snapshot; --start, --end, --every, --limit ask for many. Leave one or the other out."
            )
        check_age(self.max_age, self.at)
        in_order(self.start, self.end)

    def answers(self, query: QueryGex, feed: Feed, session: Session) -> Iterator[Answer]:
        """Give the answer, in pieces if it is long, and say so if a limit that nobody asked for cuts it."""
        if self.at:
            yield query.at(feed, self.at, max_age=self.max_age, ladders=self.ladder)
            return
        if not self.many:
            yield query.latest(feed, ladders=self.ladder)
            return
        limit, given = self.limit or LIMIT, 0
        for page in self._pages(query, feed, limit):
            given += page.snapshots.num_rows
            yield page
        if not given:
            nothing = "No snapshots there; 'gexlake query --feeds' lists the days that there are."
            click.echo(session.here(nothing), err=True)
        if given == limit and not self.limit:
            which = "first" if self.start else "last"
            click.echo(f"These are the {which} {limit:,}; if there are more, --limit gives them.", err=True)

    def _pages(self, query: QueryGex, feed: Feed, limit: int) -> Iterator[Answer]:
        from ....application.asking.answer import Answer
        from ....application.asking.sample_snapshots import find_snapshots, pages_with_ladders

        if self.start and not self.every:
            return query.pages(feed, self.start, self.end, limit, ladders=self.ladder)
        newest = self.start is None
        found = find_snapshots(query, feed, self.start, self.end, limit, every=self.every, newest=newest)
        answer = Answer(feed, found)
        return pages_with_ladders(query, answer, sampled=self.every is not None) if self.ladder else iter([answer])

    @property
    def many(self) -> bool:
        """Whether more than one snapshot is asked for."""
        return bool(self.start or self.end or self.every or self.limit)


@click.command(epilog=EXAMPLES)
@click.option("--at", type=Moment(last=True), help="The last snapshot at or before this moment.")
@max_age
@click.option("--start", type=Moment(), help="The snapshots from this moment on.")
@click.option("--end", type=Moment(last=True), help="The snapshots up to this moment, itself included.")
@click.option(
    "--every",
    type=Step(),
    metavar="STEP",
    help="Only the last snapshot of each step of this length: 30s, 1m, 5m, 15m, 1h, 1d.",
)
@click.option(
    "--limit",
    type=Limit(),
    metavar="N",
    help=f"At most N snapshots; without --start, the newest N.  [default for a range: {LIMIT}]",
)
@feed
@click.option("--ladder/--no-ladder", default=None, help="With the strikes or without.  [default: with, in JSON]")
@click.option("--feeds", is_flag=True, help="List the feeds and days that the lake holds, instead.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "csv", "arrow", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--json", "shape", flag_value="json", help="The same as --format json.")
@output
@on_lake
@click.pass_obj
def query(
    session: Session, /, ticker: str | None, *, feeds: bool, shape: str, output: Path | None, **options: Any
) -> None:
    """Show snapshots of TICKER: the latest, or what --at, --start and --end say.

    Times are ISO-8601, UTC unless they name an offset, or Unix seconds. TICKER may be left out if the lake
    holds only one.
    """
    from ...lakes import asking
    from ..asked.query_feeds import find_feed, show_feeds

    if output and (feeds or shape == "table"):
        raise click.UsageError("--output wants snapshots as --format json, csv, arrow or parquet.")
    names = options.pop("package"), options.pop("category")
    if feeds and any(value is not None for value in options.values()):
        raise click.UsageError("--feeds lists all days; leave all that chooses among snapshots out.")
    question = _question(shape, options)
    container = session.container()
    with asking(container) as lake:
        gex = container.query_gex(lake)
        if feeds:
            show_feeds(gex, shape, ticker, *names)
            return
        answers = question.answers(gex, find_feed(gex, ticker, *names), session)
        _show(answers, shape, output, many=question.many)


def _question(shape: str, options: dict[str, Any]) -> Question:
    ladder = options.pop("ladder")
    if ladder and shape in ("table", "csv"):
        raise click.UsageError(f"A {shape} has no room for ladders; add --json, or use 'gexlake ladder'.")
    question = Question(ladder=shape == "json" if ladder is None else ladder, **options)
    question.check()
    return question


def _show(answers: Iterator[Answer], shape: str, output: Path | None, *, many: bool) -> None:
    from ..terminal.query_table import show_snapshot, show_snapshots

    if shape != "table":
        from ..output.query_output import write_answers

        write_answers(answers, shape, output)
    elif many:
        show_snapshots(answers)
    else:
        show_snapshot(next(answers))
