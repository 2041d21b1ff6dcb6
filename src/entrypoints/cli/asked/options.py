"""The options that commands share, and what is asked of several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ....domain.feed import PACKAGES
from ..session import Session
from .values import CONFLICT_POLICIES, Category, Limit, Output, Place, Step

if TYPE_CHECKING:
    from ....application.ports.source_reader import FeedFilter
    from ....application.ports.unit_of_work import Lake

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            setattr(ctx.ensure_object(Session), name, value)

    return store


#: The option --verbose; its value is in the session, so that the failure of any command can see it.
verbose: Decorator = click.option(
    "--verbose",
    "-v",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_keep("verbose"),
    help="Show all warnings, and where an error comes from.",
)

_lake: Decorator = click.option(
    "--lake",
    type=Place(file_okay=False),
    is_eager=True,
    expose_value=False,
    callback=_keep("lake"),
    metavar="DIR",
    help="The folder of the lake.  [default: $GEXLAKE_LAKE, else ./lake]",
)

output: Decorator = click.option("--output", type=Output(), help="Write into this file; - is stdout.")

max_age: Decorator = click.option(
    "--max-age", type=Step(), metavar="AGE", help="With --at, none that is older by then: 5s, 1m, 1h, 1d."
)

as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def on_lake(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of all that work on a lake: --lake and --verbose."""
    return _lake(verbose(command))


def feed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command TICKER, and --package and --category to choose among a ticker's feeds."""
    ticker = click.argument("ticker", required=False)
    package = click.option("--package", type=click.Choice(PACKAGES), help="The package of the feed.")
    category = click.option("--category", type=Category(), help="The category of the feed; zero, one and full will do.")
    return ticker(package(category(command)))


def only_feeds(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --ticker, --package and --category, each repeatable, to keep to some feeds; see feed_filter."""
    ticker = click.option("--ticker", "tickers", multiple=True, metavar="TICKER", help="Only this ticker (repeatable).")
    package = click.option(
        "--package", "packages", multiple=True, type=click.Choice(PACKAGES), help="Only this (repeatable)."
    )
    category = click.option("--category", "categories", multiple=True, type=Category(), help="Only this (repeatable).")
    return ticker(package(category(command)))


def feed_filter(options: Mapping[str, Any]) -> FeedFilter:
    """Give the feeds that the options of only_feeds choose."""
    from ....application.ports.source_reader import FeedFilter

    return FeedFilter(*(frozenset(options[name]) for name in ("tickers", "packages", "categories")))


def in_order(start: date | None, end: date | None) -> None:
    """Refuse a time that ends before it begins.

    Raises:
        click.UsageError: it does.
    """
    if start and end and end < start:
        raise click.UsageError("--end lies before --start. Swap them.")


def check_age(max_age: timedelta | None, at: datetime | None) -> None:
    """Refuse an age without the moment before which it is counted.

    Raises:
        click.UsageError: there is no such moment.
    """
    if max_age is not None and at is None:
        raise click.UsageError("--max-age wants --at: the moment before which a snapshot may be so old.")


def known_run(lake: Lake, import_id: str | None) -> None:
    """Refuse a run that the lake does not know.

    Raises:
        click.UsageError: it does not.
    """
    if import_id is not None and lake.lineage.run(import_id) is None:
        raise click.UsageError(f"There is no run {import_id}; 'gexlake runs' lists those that there are.")


limit: Decorator = click.option(
    "--limit",
    type=Limit(),
    default=100,
    show_default=True,
    metavar="N",
    help="Show at most N.",
)

reader: Decorator = click.option(
    "--reader", metavar="NAME", help="Read SOURCE with this reader.  [default: the first that knows it]"
)

assume_category: Decorator = click.option(
    "--assume-category", type=Category(), help="The category of files that name none."
)

progress: Decorator = click.option(
    "--progress",
    type=click.Choice(["auto", "bar", "plain", "none"]),
    default="auto",
    show_default=True,
    help="How progress shows on stderr; auto is a bar on a terminal, lines elsewhere.",
)

on_conflict: Decorator = click.option(
    "--on-conflict",
    type=click.Choice(CONFLICT_POLICIES),
    default="keep",
    show_default=True,
    help="When another snapshot claims a stored moment: keep the stored one, replace it, or end the run.",
)
