"""Opening lakes: to read, to write, to rehearse; and letting go of them whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ..application.ports.unit_of_work import Lake
from ..domain.errors import GexlakeError, LakeBusy, LakeNotFound, LakeTooOld
from ..domain.runs import RunStatus
from .container import Container
from .server.server_file import ServerFile, find_server


class LakeServed(LakeBusy):
    """A server owns the lake."""

    def __init__(self, lake: str, server: ServerFile) -> None:
        super().__init__(lake, server.pid)
        self.server = server
        sentence = (
            f"The lake {lake} is open in the server at {server.url} (process {server.pid}). "
            f"Stop it ('kill {server.pid}') and run the command again."
        )
        self.args = (sentence,)


@contextmanager
def reading(container: Container) -> Iterator[Lake]:
    """Open the lake of the settings for questions.

    What a killed process left half done is finished first.

    Raises:
        LakeNotFound: there is none.
        LakeBusy: another process is writing.
    """
    try:
        found = _open(container, read_only=True)
    except LakeTooOld:  # what opens it for writing brings it to the present version
        with writing(container):
            pass
        found = _open(container, read_only=True)
    with closing(found) as lake:
        # Nobody writes while we can read: a run that has not ended was killed.
        if not lake.sink.staged_units() and not lake.lineage.runs(1, RunStatus.RUNNING):
            yield lake
            return
    # Questions are answered all the same when this cannot be done: another one is just being asked, or the
    # disk is not ours to write.
    with suppress(GexlakeError, OSError), writing(container):
        pass
    with closing(_open(container, read_only=True)) as lake:
        yield lake


@contextmanager
def asking(container: Container) -> Iterator[Lake]:
    """Open the lake of the settings for what only its stores and ladders need be asked for, or have its server asked.

    Raises:
        LakeNotFound: there is none.
        LakeBusy: another process is writing, or a server has it that does not answer.
    """
    with ExitStack() as stack:
        try:
            lake = stack.enter_context(reading(container))
        except LakeServed as served:
            stack.enter_context(_unless_gone(served))
            lake = container.asked_lake(folder=container.settings().lake, server=served.server)
            stack.enter_context(closing(lake))
        yield lake


@contextmanager
def _unless_gone(served: LakeServed) -> Iterator[None]:
    """Say where the server should be, if nobody answers there."""
    from .server.client import NoServer

    try:
        yield
    except NoServer:
        raise served from None


@contextmanager
def writing(container: Container, *, settled: bool = True, made: bool = True) -> Iterator[Lake]:
    """Open the lake of the settings for changes, made if there is none.

    What is half done is finished first, unless whoever wants the lake (``settled=False``) does that, as an import does.

    Raises:
        LakeNotFound: there is none, and it is not to be made (``made=False``).
    """
    if not made:
        with told_who_serves(container):
            openable(container, container.settings().lake)
    with closing(_open(container, read_only=False)) as lake:
        if settled:
            lake.settle()
        yield lake


def openable(container: Container, folder: Path) -> None:
    """Make sure that a folder holds a lake that can be opened, of this version or an older one.

    Raises:
        LakeNotFound, LakeDamaged, LakeBehind, LakeTooNew: as their names say.
    """
    with suppress(LakeTooOld), closing(container.lake(folder=folder, read_only=True)):
        pass


@contextmanager
def rehearsing(container: Container) -> Iterator[tuple[Lake, Lake | None]]:
    """Give an empty lake that is thrown away, and the one of the settings to compare with, or None."""
    with ExitStack() as stack:
        empty = stack.enter_context(scratch(container))
        base = None
        with suppress(LakeNotFound):
            base = stack.enter_context(closing(_open(container, read_only=True)))
        yield empty, base


@contextmanager
def scratch(container: Container) -> Iterator[Lake]:
    """Give an empty lake that is thrown away."""
    with (
        TemporaryDirectory(prefix="gexlake-dry-run-") as folder,
        closing(container.lake(folder=Path(folder), read_only=False)) as lake,
    ):
        yield lake


def _open(container: Container, *, read_only: bool) -> Lake:
    with told_who_serves(container):
        lake: Lake = container.lake(folder=container.settings().lake, read_only=read_only)
    return lake


@contextmanager
def told_who_serves(container: Container) -> Iterator[None]:
    """Say of a lake that is in use whether a server has it.

    Raises:
        LakeServed: one has.
    """
    folder: Path = container.settings().lake
    try:
        yield
    except LakeBusy as busy:
        server = find_server(folder)
        if server is None or busy.pid not in (None, server.pid):
            raise
        raise LakeServed(str(folder), server) from None
