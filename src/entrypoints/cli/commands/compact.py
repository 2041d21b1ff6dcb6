"""``gexlake compact``: make one part of the many that a day comes in when it is imported bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, on_lake
from ..ending.stopping import leave_nothing_half_done
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say
from ..terminal.words import count, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....application.keeping.compact_lake import CompactedDay
    from ...container import Container


@click.command
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json
@on_lake
@click.pass_obj
def compact(session: Session, /, *, dry_run: bool, as_json: bool) -> None:
    """Make one part of all parts of a day, for each feed, so that who scans the lake opens fewer files.

    A day has many parts if it was imported bit by bit. What is written is proven to be what was stored. Each day is
    committed by itself, so that this can be stopped; a server that has the lake does it, and goes on answering.
    """
    leave_nothing_half_done()
    container = session.container()
    days = _compact(container, (lambda _: None) if as_json else _tell, dry_run=dry_run)
    if as_json:
        from ...shapes.reports import compacted_object

        print_json({"dry_run": dry_run, "days": list(map(compacted_object, days))})
    elif not days:
        say("Every day of every feed is one part; there is nothing to compact.")


def _compact(container: Container, on_day: Callable[[CompactedDay], None], *, dry_run: bool) -> list[CompactedDay]:
    """Compact here, or have the server do it that has the lake."""
    from ....application.keeping.compact_lake import CompactedDay
    from ...lakes import reading, writing
    from ...server.wanted import WantedCompaction
    from ..handover.errands import handed_over

    wanted = WantedCompaction(dry_run=dry_run)
    days = handed_over(container, "compactions", wanted, list[CompactedDay], in_turn=not dry_run)
    if days is not None:
        for day in days:
            on_day(day)
        return days
    with reading(container) if dry_run else writing(container, made=False) as lake:
        found: list[CompactedDay] = container.compact_lake(lake).run(dry_run=dry_run, on_day=on_day)
        return found


def _tell(day: CompactedDay) -> None:
    became = "would become one" if day.bytes_after is None else "became one"
    now = "" if day.bytes_after is None else f"{size(day.bytes_after)}, before "
    say(f"{day.feed}  {day.date}  {count(day.parts)} parts {became}: {now}{size(day.bytes_before)}")
