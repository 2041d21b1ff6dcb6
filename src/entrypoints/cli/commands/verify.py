"""``gexlake verify``: prove that every record is accounted for and that all stores agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, on_lake, progress, reader
from ..asked.values import Source
from ..ending.exit_statuses import FAILED
from ..output.jsons import print_json
from ..session import Session
from ..startup.strangers import strangers_on_stderr
from ..terminal.tables import say, show_table
from ..terminal.words import count, counted, size

if TYPE_CHECKING:
    from ....application.ports.progress import ProgressListener
    from ....domain.account import Account, DayLine
    from ....domain.disagreements import Disagreement
    from ...container import Container

#: How many disagreements are shown without --verbose.
FEW = 20


@click.command
@click.option("--deep", "source", type=Source(), help="Also read SOURCE again; compare every value.")
@reader
@click.option(
    "--checksums/--no-checksums",
    default=True,
    show_default=True,
    help="Read all parts for their checksums, or look at sizes and footers only.",
)
@progress
@as_json
@on_lake
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    *,
    source: Path | None,
    reader: str | None,
    checksums: bool,
    progress: str,
    as_json: bool,
) -> None:
    """Prove that nothing is lost: every record of every source file is accounted for, and all stores agree.

    Nothing that is stored changes; a server that has the lake does this, and goes on answering. The exit status is 0 if
    everything is accounted for, 1 if anything is off, 3 if nothing was imported yet; each thing that is off is named,
    with its cure.
    """
    from ....application.importing.planning.readers import canonical, choose_reader
    from ...shapes.reports import account_object
    from ..terminal.progress import listener

    session = ctx.ensure_object(Session)
    container = session.container()
    with strangers_on_stderr():
        if source is not None:
            choose_reader(container.readers(), source, reader)
            source = canonical(source)
        account = _make(container, source, reader, listener(progress), checksums=checksums)
    if as_json:
        print_json(account_object(account))
    else:
        show_account(account, session)
    # Of nothing nothing is proven: a disk that is not mounted must not look like a sound lake.
    ctx.exit(1 if not account.holds else FAILED if account.empty else 0)


def _make(
    container: Container, source: Path | None, reader: str | None, listener: ProgressListener, *, checksums: bool
) -> Account:
    """Make the account here, or have the server make it that has the lake."""
    from ....domain.account import Account
    from ...lakes import reading
    from ...server.wanted import WantedAccount
    from ..handover.errands import handed_over

    wanted = WantedAccount(checksums=checksums, source=source, reader=reader)
    if (made := handed_over(container, "accounts", wanted, Account)) is not None:
        return made
    with reading(container) as lake:
        account: Account = container.verify_lake(lake).run(checksums=checksums)
        return account if source is None else account + container.compare_sources(lake).run(source, listener, reader)


def show_account(account: Account, session: Session) -> None:
    """Tell an account: what is off with its cure, and all days with --verbose."""
    off = [day for day in account.days if not day.agrees]
    shown = account.days if session.verbose else off
    if shown:
        names = ("snapshots", "in lineage", "in Parquet", "ladder rows", "in the Parquet")
        show_table(
            ("feed", "day", *names, ""),
            [(str(day.feed), str(day.date), *map(count, _numbers(day)), "" if day.agrees else "off") for day in shown],
            numbers=names,
        )
        say()
    for line in _summary(account, session):
        say(line)
    told, more = session.some(account.disagreements, FEW)
    for disagreement in told:
        say()
        say(f"  {disagreement.sentence}.", style="bold")
        say(f"    {_cure(disagreement, session)}")
    for line in more:
        say()
        say(f"  {line}")


def _cure(one: Disagreement, session: Session) -> str:
    """Say what to do; a command is for this lake and ends the line, so that it can be copied as it stands."""
    if not one.command:
        return session.here(f"{one.cure}.")
    return one.cure.removesuffix(f"gexlake {one.command}") + session.command(one.command)


def _numbers(day: DayLine) -> tuple[int, ...]:
    return day.snapshots, day.in_lineage, day.in_parquet, day.strikes, day.strikes_in_parquet


def _summary(account: Account, session: Session) -> list[str]:
    from ..output.import_report import balance

    held = ", ".join(
        (
            counted(len({line.source_file for line in account.files}), "file"),
            counted(account.snapshots, "snapshot"),
            counted(account.strikes, "ladder row"),
        )
    )
    if account.holds and account.empty:
        nothing = "There is nothing to verify: this lake knows of no file that was imported."
        return [f"{nothing} Import one, or name another lake with --lake or GEXLAKE_LAKE."]
    known = "with the size and the checksum they were" if account.checksums else "with the size they were"
    lines = [
        f"{held}: everything is accounted for."
        if account.holds
        else f"{held}: {counted(len(account.disagreements), 'thing')} off.",
        f"  {balance(account.counts)}",
    ]
    if account.holds:
        lines.append(f"  {counted(account.parts, 'part')} with {size(account.bytes)}, {known} written with")
    rejects = account.rejects
    if rejects.pending or rejects.replayed or rejects.dismissed:
        dismissed = f", {count(rejects.dismissed)} dismissed" if rejects.dismissed else ""
        lines.append(
            f"  {counted(rejects.pending, 'reject')} pending, {count(rejects.conflicts)} of them conflicts; "
            f"{count(rejects.replayed)} replayed{dismissed}"
        )
    if account.failed_files:
        look = session.command("lineage --status failed")
        lines.append(f"  {counted(account.failed_files, 'file')} that could not be imported: {look}")
    if account.compared_files:
        files, records = counted(account.compared_files, "source file"), counted(account.compared_records, "record")
        lines.append(f"  {files} with {records} read again and compared")
    return lines
