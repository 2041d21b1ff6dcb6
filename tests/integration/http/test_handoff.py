"""Handing an import over a real connection, to a server in a thread."""

import io
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import uvicorn

from gexlake.application.importing.import_jobs import ImportJobs
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.keeping.back_up_lake import BackedUp
from gexlake.application.keeping.remove_source import Removed
from gexlake.application.ports.progress import Progress, ProgressListener
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.domain.errors import ImportInterrupted
from gexlake.domain.runs import ImportRun
from gexlake.entrypoints.cli.handover.errands import handed_over
from gexlake.entrypoints.cli.handover.handoff import _Interrupts, hand_over
from gexlake.entrypoints.container import Container, build_container
from gexlake.entrypoints.http.app import create_app
from gexlake.entrypoints.server.client import HandoffRefused, NoServer
from gexlake.entrypoints.server.server_file import ServerFile
from gexlake.entrypoints.server.wanted import WantedBackup, WantedRemoval
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import InMemoryLake, RecordingProgress
from gexlake.testing.builders import make_run
from support.records import array, record, words

SECONDS = 20


@dataclass
class Serving:
    """A server in a thread, with the jobs that it runs."""

    file: ServerFile
    container: Container
    jobs: ImportJobs
    gate: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> str:
        """Have an import run until the gate opens, or it is stopped; give its id."""

        def run(request: ImportRequest, listener: ProgressListener) -> ImportRun:
            listener.started(Progress(files_total=1))
            while not self.gate.wait(0.01):
                listener.advanced(Progress(files_total=1))
            return make_run(request.import_id or "")

        return self.jobs.submit(ImportRequest(Path("held")), run).import_id


class OnAFullDisk(InMemoryLake):
    """A lake whose copy finds no room."""

    def copy_to(self, folder: Path) -> None:
        """Write where the system has no room for anything."""
        Path("/dev/full").write_bytes(b"x")


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """A server on a free port, over a lake in memory."""
    lake = tmp_path / "lake"
    lake.mkdir()
    container = build_container(Settings(lake=lake, lineage_store="memory", rate_limit="off"))
    app = create_app(container, OnAFullDisk())
    listening = socket.create_server(("127.0.0.1", 0))
    file = ServerFile.of_this_process(f"http://127.0.0.1:{listening.getsockname()[1]}")
    file.write(lake)
    app.state.handoff_token = file.token
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    made = Serving(file, container, app.state.import_jobs)
    yield made
    made.gate.set()
    assert made.jobs.stop(SECONDS)
    server.should_exit = True
    thread.join()
    listening.close()


def backed_up(serving: Serving, place: Path) -> BackedUp | None:
    """Have the server copy its lake."""
    return handed_over(serving.container, "backups", WantedBackup(place=place), BackedUp)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A day with a record that is rejected."""
    folder = tmp_path / "h\u00e4st%\udce4ry"
    folder.mkdir()
    raws = [words(record(0)), words(record(1, spot=-1)), words(record(2))]
    (folder / "2025-10-06_NQ_NDX_classic_gex_zero.json").write_bytes(array(raws)[:-1])
    return folder


def test_the_listener_and_the_caller_hear_what_they_would_without_a_server(serving: Serving, history: Path) -> None:
    """Start, progress, warnings, end, and the whole run; options arrive as they were given."""
    heard = RecordingProgress()
    request = ImportRequest(history, feeds=FeedFilter(tickers=frozenset({"NQ_NDX"})), max_error_rate=0.5)
    run = hand_over(serving.file, request, 2, heard)
    job = serving.jobs.get(run.import_id)
    assert job is not None
    assert run == job.ended
    assert (run.counts.accepted, run.counts.rejected, run.files.partial) == (2, 1, 1)
    assert job.request.workers == 2
    assert (job.request.source, job.request.feeds) == (request.source, request.feeds)
    assert [kind for kind, _ in heard.events][0::2] == ["started", "finished"]
    assert heard.warnings == list(run.errors[:1])


def test_a_server_that_imports_already_refuses(serving: Serving, history: Path) -> None:
    """With the id of the import in the way, and who says so."""
    import_id = serving.hold()
    with pytest.raises(HandoffRefused, match=f"The import {import_id} is running.*{serving.file.url}"):
        hand_over(serving.file, ImportRequest(history), None, RecordingProgress())


def test_a_source_that_the_server_cannot_read_is_refused(serving: Serving, tmp_path: Path) -> None:
    """Its sentence comes through."""
    with pytest.raises(HandoffRefused, match=r"no folder or file .*nowhere"):
        hand_over(serving.file, ImportRequest(tmp_path / "nowhere"), None, RecordingProgress())


@pytest.mark.parametrize(
    "other",
    [
        lambda file: ServerFile(file.pid, file.url, "another token", file.machine),
        lambda file: ServerFile(file.pid, f"http://127.0.0.1:{_free_port()}", file.token, file.machine),
    ],
    ids=["token", "port"],
)
def test_where_no_server_of_the_lake_answers_there_is_none(
    serving: Serving, history: Path, other: Callable[[ServerFile], ServerFile]
) -> None:
    """The number of a dead process, or its port, may be another's by now."""
    with pytest.raises(NoServer):
        hand_over(other(serving.file), ImportRequest(history), None, RecordingProgress())
    other(serving.file).write(serving.container.settings().lake)
    assert backed_up(serving, history) is None


def test_what_a_server_is_killed_over_its_answer_to_was_not_told(serving: Serving, tmp_path: Path) -> None:
    """As if there were none: the command then opens the lake itself, and finds out how far the server came."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_in_part() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(64 * 1024)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

        dying = threading.Thread(target=answer_in_part)
        dying.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        replace(serving.file, url=url).write(serving.container.settings().lake)
        assert backed_up(serving, tmp_path / "backup") is None
        dying.join()


def test_an_interrupt_before_the_import_is_known_stops_it_all_the_same(serving: Serving) -> None:
    """The first one is kept until the server has named the import; the handlers are back at the end."""
    before = signal.getsignal(signal.SIGINT)
    interrupts = _Interrupts(serving.file)
    with interrupts:
        signal.raise_signal(signal.SIGINT)
        import_id = serving.hold()
        interrupts.aim(import_id)
        job = serving.jobs.get(import_id)
        assert job is not None
        assert job.wait(SECONDS)
    assert isinstance(job.ended, ImportInterrupted)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_server_that_ends_takes_nothing_over(serving: Serving, history: Path) -> None:
    """It says so."""
    serving.jobs.stop(0)
    with pytest.raises(HandoffRefused, match="begins no more imports"):
        hand_over(serving.file, ImportRequest(history), None, RecordingProgress())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_what_the_system_refuses_to_a_backup_is_told(serving: Serving, tmp_path: Path) -> None:
    """To whoever may hand it over, as the command itself would tell it."""
    (tmp_path / "file").touch()
    with pytest.raises(HandoffRefused, match=r"file.*: Not a directory\. Mend that"):
        backed_up(serving, tmp_path / "file" / "backup")


class Heard(io.StringIO):
    """A stream that tells when a line was written into it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if text.endswith("\n"):
            self.line.set()
        return written


def test_what_waits_for_an_import_says_so(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """And begins when that has ended: not before is it known that there is nothing to remove."""
    held, told, refused = serving.hold(), Heard(), []
    monkeypatch.setattr(sys, "stderr", told)

    def remove() -> None:
        wanted = WantedRemoval(names=("nowhere",), feeds=FeedFilter(), dry_run=False)
        with pytest.raises(HandoffRefused) as raised:
            handed_over(serving.container, "removals", wanted, Removed, in_turn=True)
        refused.append(str(raised.value))

    waiting = threading.Thread(target=remove)
    waiting.start()
    assert told.line.wait(SECONDS)
    assert told.getvalue() == f"The server is busy with the import {held}; this begins when it has ended.\n"
    assert refused == []
    serving.gate.set()
    waiting.join(SECONDS)
    assert "Nothing in the lake came from nowhere" in refused[0]


def test_a_backup_that_finds_no_room_is_told_with_the_cure(serving: Serving, tmp_path: Path) -> None:
    """The same one that the command itself would tell."""
    with pytest.raises(HandoffRefused, match=r"The disk is full \(.*free some space and run the same command again"):
        backed_up(serving, tmp_path / "backup")


class BackupToCome(WantedBackup):
    """A backup of a later version, which knows of more."""

    packed: bool


@pytest.mark.parametrize("errand", ["backups", "packings"])
def test_a_server_of_another_version_is_named_with_the_cure(serving: Serving, tmp_path: Path, errand: str) -> None:
    """Whether it does not know the whole of what is wanted, or nothing of the kind; it has done nothing."""
    wanted = BackupToCome(place=tmp_path / "backup", packed=True)
    with pytest.raises(HandoffRefused, match=rf"{serving.file.url} .* is of another version of gexlake\. Stop it"):
        handed_over(serving.container, errand, wanted, BackedUp)
    assert not (tmp_path / "backup").exists()
