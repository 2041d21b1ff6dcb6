"""``gexlake scan``: what a folder or file holds, without importing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, assume_category, reader, verbose
from ..asked.values import Source
from ..output.jsons import print_json
from ..session import Session
from ..startup.strangers import strangers_on_stderr
from ..terminal.tables import say, show_table
from ..terminal.words import count, counted, size

if TYPE_CHECKING:
    from ....application.importing.planning.scan_source import ScannedFile


@click.command
@click.argument("source", type=Source())
@reader
@assume_category
@as_json
@verbose
@click.pass_obj
def scan(session: Session, /, source: Path, reader: str | None, assume_category: str | None, *, as_json: bool) -> None:
    """Say what SOURCE, a folder or file, holds: feeds, days, forms and sizes.

    Only the beginning of each file is read, so numbers of snapshots are estimates.
    """
    scan_source = session.container().scan_source()
    with strangers_on_stderr():
        files = scan_source.run(source, reader, assume_category)
        others = scan_source.left_out(source) if reader is None else []
    for other in others:
        click.echo(f"warning: {other} knows files there, too; --reader {other} scans those", err=True)
    if as_json:
        print_json([asdict(file) for file in files])
        return
    _show(files)


def _show(files: list[ScannedFile]) -> None:
    groups: dict[tuple[str, str], list[ScannedFile]] = defaultdict(list)
    for file in files:
        if not file.problem:
            groups[", ".join(file.feeds), _span(file)].append(file)
    show_table(
        ("feed", "day", "files", "forms", "size", "snapshots"),
        [
            (feed, day, count(len(group)), _forms(group), size(sum(f.size for f in group)), _estimate(group))
            for (feed, day), group in sorted(groups.items())
        ],
        numbers=("files", "size", "snapshots"),
        folding="forms",
        total=("total", "", count(len(files)), "", size(sum(file.size for file in files)), _estimate(files)),
    )
    troubled = [file for file in files if file.problem]
    if troubled:
        say(f"Problems in {counted(len(troubled), 'file')}:")
    for file in troubled:
        say(f"  {file.path}: {file.problem}")


def _span(file: ScannedFile) -> str:
    days = sorted(file.days)
    if not days:
        return "?"
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _forms(files: Iterable[ScannedFile]) -> str:
    return ", ".join(sorted({file.form for file in files}))


def _estimate(files: Iterable[ScannedFile]) -> str:
    known = [file.snapshots for file in files if file.snapshots is not None]
    return f"about {sum(known):,}" if known else ""
