"""``gexlake backup`` and ``gexlake restore``: copy a lake while it is in use, and put a copy back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..asked.options import as_json, on_lake
from ..asked.values import Place
from ..ending.stopping import leave_nothing_half_done
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say
from ..terminal.words import counted, size

if TYPE_CHECKING:
    from ....application.keeping.back_up_lake import BackedUp
    from ...container import Container


@click.command
@click.argument("place", metavar="DIR", type=Place())
@as_json
@on_lake
@click.pass_context
def backup(ctx: click.Context, /, *, place: Path, as_json: bool) -> None:
    """Copy the lake, as of one moment, into the new folder DIR, with the checksums of its files.

    A server that has the lake does it, and goes on serving and importing meanwhile.
    """
    leave_nothing_half_done()
    container = ctx.ensure_object(Session).container()
    _tell(_back_up(container, place.absolute()), "Backed up to", as_json=as_json)


@click.command
@click.argument("place", metavar="DIR", type=Place(exists=True, file_okay=False))
@click.option("--force", is_flag=True, help="Put a lake that is there aside first.")
@as_json
@on_lake
@click.pass_context
def restore(ctx: click.Context, /, *, place: Path, force: bool, as_json: bool) -> None:
    """Make the lake of the backup in DIR, which stays as it is.

    The backup is proven and copied first. Where there is a lake, nothing is done without --force, which then puts that
    lake aside.
    """
    from ....application.keeping.back_up_lake import restore_lake
    from ...lakes import openable

    leave_nothing_half_done()
    container = ctx.ensure_object(Session).container()
    lake: Path = container.settings().lake

    def make_way() -> None:
        aside = _put_aside(container, lake)
        if not as_json:
            say(f"The lake that was there lies in {aside}.")

    if force and lake.exists():
        with _at_rest(container, lake):  # whoever has it is found out before anything is copied
            pass
    done = restore_lake(place, lake, check=partial(openable, container), make_way=make_way if force else None)
    _tell(done, "Restored to", as_json=as_json)


def _back_up(container: Container, place: Path) -> BackedUp:
    from ....application.keeping.back_up_lake import BackedUp, BackUpLake, apart
    from ....domain.errors import LakeForbidden
    from ...lakes import reading, writing
    from ...server.wanted import WantedBackup
    from ..handover.errands import handed_over

    apart(place, container.settings().lake)
    if (done := handed_over(container, "backups", WantedBackup(place=place), BackedUp)) is not None:
        return done
    try:
        with writing(container, made=False) as lake:
            return BackUpLake(lake).run(place)
    except LakeForbidden:
        # Where the lake may not be written, what is half done in it stays so, and is finished in the copy.
        with reading(container) as lake:
            return BackUpLake(lake).run(place)


def _put_aside(container: Container, lake: Path) -> Path:
    """Move a lake that nobody has open out of the way."""
    from ....adapters.disk.files import free_name

    aside = free_name(lake.with_name(f"{lake.name}.before-restore-{container.clock().now():%Y%m%dT%H%M%S}"))
    with _at_rest(container, lake):
        lake.rename(aside)
    return aside


@contextmanager
def _at_rest(container: Container, lake: Path) -> Iterator[None]:
    """Hold a lake that nobody has open.

    Raises:
        LakeBusy: somebody has.
    """
    from ...lakes import told_who_serves

    with told_who_serves(container), container.index(folder=lake).held():
        yield


def _tell(done: BackedUp, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done))
        return
    say(f"{what} {done.place}: {counted(done.files, 'file')}, {size(done.bytes)}.")
