"""``gexlake rejects``: the records that did not go in; look at them, take them out, replay them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from ..asked.options import as_json, limit, on_lake
from ..asked.reject_filters import REJECT_ID, also_settled, as_options, chosen, count_chosen, filters
from ..asked.values import Limit, Output
from ..output.jsons import print_json
from ..session import Session
from ..startup.lazy import LazyGroup
from ..terminal.tables import show_table
from ..terminal.words import count, counted, plain

if TYPE_CHECKING:
    from pathlib import Path

    from ....application.ports.lineage_store import StoredReject


@click.group(
    cls=LazyGroup,
    lazy={
        "list": ("rejects:list_rejects", "Count the rejects by reason, and list them."),
        "show": ("rejects:show", "Print one record word for word."),
        "export": ("rejects:export", "Write the records into a file, to mend them."),
        "replay": ("replay:replay", "Judge rejects again, and import those that are good."),
        "dismiss": ("dismiss:dismiss", "Say of rejects that they are rightly out: they wait no more."),
    },
)
def rejects() -> None:
    """Look at the records that did not go in, and replay or dismiss them."""


@click.command(name="list")
@filters
@also_settled
@limit
@as_json
@on_lake
@click.pass_obj
def list_rejects(session: Session, /, *, limit: int, as_json: bool, **wanted: Any) -> None:
    """Count the rejects by reason, and list them.

    Those that a run has settled since, taken in or dismissed, are left out, unless --all is given.
    """
    from ...lakes import asking

    with asking(session.container()) as lake:
        rows = list(chosen(lake, limit, **wanted))
        counts = count_chosen(lake, **wanted)
        settled = not rows and bool(count_chosen(lake, **wanted | {"also_settled": True}))
    if as_json:
        from ...shapes.reports import reject_object

        print_json([reject_object(stored) for stored in rows])
        return
    if not rows:
        click.echo("No rejects wait; --all has those that are settled." if settled else "No rejects.")
        return
    _show(counts, rows)
    if (total := sum(counts.values())) > len(rows):
        click.echo(f"The first {len(rows):,} of {total:,} are shown; --limit shows more.", err=True)
    click.echo(f"One of them word for word: {session.command(f'rejects show {rows[0].reject_id}')}", err=True)
    if rows[0].replayed_in is None:
        dismiss = session.command(f"rejects dismiss {rows[0].reject_id}")
        click.echo(f"If it is rightly out, it waits no more after: {dismiss}", err=True)


def _show(counts: dict[str, int], rows: list[StoredReject]) -> None:
    show_table(
        ("reason", "rejects"),
        [(reason, count(number)) for reason, number in counts.items()],
        numbers=("rejects",),
        total=("total", count(sum(counts.values()))),
    )
    click.echo()
    show_table(
        ("id", "reason", "record", "where and what"),
        [
            (
                str(stored.reject_id),
                stored.reject.reason.value,
                count(stored.reject.record),
                (stored.source_file, f"  {stored.reject.detail}", *(f"  {state}" for state in _state(stored))),
            )
            for stored in rows
        ],
        numbers=("id", "record"),
        folding="where and what",
    )


def _state(stored: StoredReject) -> Iterator[str]:
    """Say what became of a reject, if it does not wait."""
    if stored.replayed_in is not None:
        yield f"{'dismissed' if stored.dismissed else 'settled'} by the run {stored.replayed_in}"


@click.command
@click.argument("reject_id", type=REJECT_ID, metavar="ID")
@as_json
@on_lake
@click.pass_obj
def show(session: Session, /, reject_id: int, *, as_json: bool) -> None:
    """Print the record of the reject ID word for word; where it stands and what is wrong goes to stderr."""
    from ...lakes import asking
    from ...shapes.reports import reject_object

    with asking(session.container()) as lake:
        stored = lake.lineage.reject(reject_id)
    if stored is None:
        raise click.UsageError(f"There is no reject {reject_id}; 'gexlake rejects list' has them.")
    if as_json:
        print_json(reject_object(stored, raw=True))
        return
    reject = stored.reject
    place = f"record {reject.record}" + ("" if reject.byte_offset is None else f", byte {reject.byte_offset}")
    click.echo(plain(f"{stored.source_file}, {place}: {reject.reason.value}: {reject.detail}"), err=True)
    for state in _state(stored):
        click.echo(f"{state[0].upper()}{state[1:]}.", err=True)
    click.echo(reject.raw)


@click.command
@click.argument("file", type=Output(), metavar="FILE|-")
@filters
@also_settled
@click.option("--limit", type=Limit(), metavar="N", help="At most N.  [default: all]")
@click.option("--meta", is_flag=True, help="Write JSON objects with reason, place and words of each record.")
@on_lake
@click.pass_obj
def export(session: Session, /, file: Path | None, *, limit: int | None, meta: bool, **wanted: Any) -> None:
    """Write the records word for word into FILE, one after the other; - is stdout. Without any, FILE stays as it is.

    Each that is JSON is one line: line breaks between its values become spaces. Mend them and bring them in with
    'gexlake rejects replay --from FILE' and the same --reason, --run and --path; after --limit give the IDs. What
    --all and --meta write is to be looked at, and no replay takes it.
    """
    from ...lakes import asking
    from ..output.output_file import opened

    written = broken = 0
    with asking(session.container()) as lake:
        rejects = chosen(lake, limit, **wanted)
        if (first := next(rejects, None)) is not None:
            with opened(file) as out:
                for line in _lines(chain([first], rejects), meta=meta):
                    out.write(line + b"\n")
                    written += 1
                    broken += len(line.splitlines()) > 1
    click.echo(f"{counted(written, 'record')} written.", err=True)
    if broken:
        click.echo(f"{broken:,} of them are no JSON and hold line breaks; a replay wants each on one line.", err=True)
    if written and not (limit or meta or wanted["also_settled"]) and file is not None:
        words = f"rejects replay --from {shlex.quote(str(file))}{as_options(wanted)}"
        click.echo(f"Mend them, then: {session.command(words)}", err=True)


def _lines(rejects: Iterable[StoredReject], *, meta: bool) -> Iterator[bytes]:
    """Write rejects down, each word for word or as an object, without line ends."""
    import orjson

    from ...shapes.reports import reject_object

    for stored in rejects:
        if meta:
            yield orjson.dumps(reject_object(stored, raw=True), option=orjson.OPT_UTC_Z)
        else:
            yield _in_a_line(stored.reject.raw)


def _in_a_line(raw: bytes) -> bytes:
    """Write a record on one line if it is JSON, where line breaks stand between values only and mean nothing."""
    raw = raw.rstrip(b"\r\n")
    if len(raw.splitlines()) > 1:
        with suppress(ValueError, RecursionError):
            json.loads(raw)
            return b" ".join(raw.splitlines())
    return raw
