"""What the import says at its end: what came in, what did not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from ....domain.runs import Counts, ImportRun, RunStatus
from ..ending.exit_statuses import FAILED
from ..session import Session
from ..terminal.tables import say, show_days
from ..terminal.words import count, counted, duration, size
from .advice import address, advice
from .jsons import print_json

#: The exit status of a run.
STATUS = {RunStatus.SUCCESS: 0, RunStatus.PARTIAL: 1}
#: How many errors are shown without --verbose.
FEW = 10


def conclude(run: ImportRun, session: Session, *, as_json: bool, server: str = "") -> int:
    """Print the report of a run, which may have been in the ``server`` at a URL, and give the command's exit status."""
    if as_json:
        from ...shapes.reports import run_object

        print_json(run_object(run))
    else:
        show_run(run, session, server)
    return STATUS.get(run.status, FAILED)


def show_run(run: ImportRun, session: Session, server: str = "") -> None:
    """Draw the report of a run; what to do about it is asked of the server that has the lake, if there is one."""
    if run.days:
        show_days(run.days, "snapshots", "strikes", "flagged")
    say()
    for line in summary(run):
        say(line)
    shown, more = session.some(run.errors, FEW)
    for line in (*map(session.here, shown), *more):
        say(f"  {line}")
    advised = advice(run)
    if advised:
        say()
        say("What to do", style="bold")
    for text, command in advised:
        say(f"  {text.removesuffix(':') if run.dry_run else text}")
        # A dry run leaves nothing behind that could be looked at.
        if command and not run.dry_run:
            say(f"    {address(server, command) if server else session.command(command)}")


def summary(run: ImportRun) -> list[str]:
    """Say in a few lines what a run read, took in and left."""
    counts, files = run.counts, run.files
    became = [
        f"{count(number)} {word}"
        for number, word in (
            (files.imported, "imported"),
            (files.unchanged, "unchanged since the last import"),
            (files.partial, "imported in part"),
            (files.failed, "failed"),
            (files.unsupported, "of other feeds"),
        )
        if number
    ]
    nothing = "none of them is in" if run.status is RunStatus.FAILED else "nothing to do"
    lines = [
        f"{'Dry run' if run.dry_run else 'Import'} {run.import_id}: {run.status.value}"
        + (", nothing was written" if run.dry_run else ""),
        f"  {counted(files.found, 'file')}: {', '.join(became) or nothing}",
    ]
    if gone := taken_out(run):
        lines.append(f"  {gone} {'would be' if run.dry_run else 'were'} taken out first")
    if run.bytes_read:
        speed = f", {size(run.bytes_read / run.duration_seconds)}/s" if run.duration_seconds else ""
        lines.append(f"  {size(run.bytes_read)} read in {duration(run.duration_seconds)}{speed}")
    if counts.read:
        lines.append(f"  {balance(counts)}")
    if counts.skipped and "replay" not in run.options:
        lines.append(f"  {counted(counts.skipped, 'other record')} skipped: of other kinds, or of feeds not asked for")
    return lines


def taken_out(run: ImportRun) -> str:
    """Say what a run took out of the lake before it imported anything, or instead; nothing of one that did not."""
    return gone(**told) if isinstance(told := run.options.get("taken_out"), dict) else ""


def did_without_reading(run: ImportRun) -> Iterator[str]:
    """Say what a run did that its counts do not tell: what it took out, which rejects it dismissed or reopened."""
    if out := taken_out(run):
        yield f"took out {out}"
    for done in ("dismissed", "reopened"):
        if isinstance(rejects := run.options.get(done), list):
            yield f"{done} {counted(len(rejects), 'reject')}"


def gone(snapshots: int, files: int, rejects: int = 0) -> str:
    """Say what left the lake."""
    also = f" and {counted(rejects, 'reject')}" if rejects else ""
    return f"{counted(snapshots, 'snapshot')}{also} of {counted(files, 'file')}"


def balance(counts: Counts) -> str:
    """Write the account in a line: what was read, and what became of it."""
    parts = [
        (1, f"{count(counts.accepted)} accepted"),
        (counts.duplicates, counted(counts.duplicates, "duplicate")),
        (counts.rounding_twins, counted(counts.rounding_twins, "rounding twin")),
        (counts.conflicts, f"{count(counts.conflicts)} in conflict"),
        (counts.rejected, f"{count(counts.rejected)} rejected"),
    ]
    became = " + ".join(text for number, text in parts if number)
    sign = "=" if counts.balanced else "DOES NOT EQUAL"
    return f"{counted(counts.read, 'snapshot')} read {sign} {became}"
