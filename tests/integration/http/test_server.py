"""``gexlake serve`` as a real process: imports while it answers, commands beside it, stops and kills."""

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.lake_content import lake_digest, nothing_half_done
from support.records import record, words
from support.redis_server import RedisServer
from support.server import Server

Content = dict[str, tuple[object, ...]]
TICKER = "NQ_NDX"
#: More than the work of a single process: with this, parsing runs in workers.
SNAPSHOTS = 600


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days in several forms."""
    folder = tmp_path_factory.mktemp("served") / "history"
    write_history(folder, days=4, snapshots=SNAPSHOTS, form="mixed")
    return folder


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day long before them, of the same feed."""
    folder = tmp_path_factory.mktemp("before") / "history"
    write_history(folder, days=1, end=date(2025, 10, 6), snapshots=SNAPSHOTS)
    return folder


@pytest.fixture(scope="module")
def undisturbed(commands: Commands, history: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    """A lake into which a command without a server has imported, and what it holds."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    assert commands("import", history, "--lake", lake).status == 0
    return lake, lake_digest(lake)


@pytest.fixture(scope="module")
def other_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same moments as the first day's, with other values."""
    folder = tmp_path_factory.mktemp("other") / "history"
    write_history(folder, days=1, end=date(2025, 10, 6), snapshots=SNAPSHOTS, seed=8)
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Where the lake of a test is to be."""
    return tmp_path / "lake"


def begun(server: Server, source: Path) -> str:
    """Begin an import over HTTP and wait until it has committed a file; give its id."""
    status, answer = server.ask("/import", {"source_path": str(source)}, prefer="respond-async")
    assert status == 202, answer
    assert any(event.get("files_done") for _, event in server.follow(answer["import_id"]))
    return str(answer["import_id"])


def is_right(snapshot: dict[str, Any]) -> bool:
    """Whether a snapshot has its whole ladder: it adds up to the vendor's sum, but for the rounding of the rows."""
    ladder = snapshot["strike_data"]
    total = sum(row["gamma"] for row in ladder)
    return len(ladder) > 0 and abs(total - snapshot["sum_gex_vol"]) <= 0.005 * len(ladder) + 1e-6


class Asking(threading.Thread):
    """Asks a question over and over, and remembers each answer that is not right."""

    def __init__(self, server: Server, path: str, **parameters: Any) -> None:
        super().__init__()
        self._server, self._path, self._parameters = server, path, parameters
        self._enough = threading.Event()
        self.asked, self.wrong = 0, list[object]()

    def run(self) -> None:
        newest = ""
        # Without a pause three of them and the server take all there is, and an import that gives way gets nothing.
        while not self._enough.wait(0.02):
            status, found = self._server.ask(self._path, symbol=TICKER, **self._parameters)
            self.asked += 1
            found = found if isinstance(found, list) else [found]
            times = [snapshot.get("timestamp", "") for snapshot in found]
            good = status == 200 and found and all(map(is_right, found)) and times == sorted(set(times))
            if self._path == "/gex/latest":
                good = good and times[0] >= newest
                newest = times[0]
            if not good:
                self.wrong.append((status, found))

    def end(self) -> None:
        """Ask no more."""
        self._enough.set()
        self.join()


def test_every_answer_is_right_while_imports_run(
    commands: Commands, history: Path, first_day: Path, other_words: Path, undisturbed: tuple[Path, Content], lake: Path
):
    """Snapshots have their whole ladders, none is there twice, and the latest never goes back.

    The second import takes out what is being read, for other values of the same moments.
    """
    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=f"{history},{first_day},{other_words}") as server:
        assert server.ask("/import", {"source_path": str(first_day)})[0] == 200
        clients = [Asking(server, "/gex/latest"), Asking(server, "/gex", limit=50), Asking(server, "/gex", limit=500)]
        for client in clients:
            client.start()
        brought = server.ask("/import", {"source_path": str(history)})
        body = {"source_path": str(other_words), "on_conflict": "replace", "max_error_rate": 1}
        replaced = server.ask("/import", body)
        for client in clients:
            client.end()
        assert [client.wrong for client in clients] == [[], [], []]
        assert all(client.asked for client in clients)
        for (status, answer), count in ((brought, undisturbed[1]["snapshots"][0]), (replaced, SNAPSHOTS)):
            assert (status, answer["status"], answer["records_imported"]) == (200, "success", {"gex": count})
        assert server.ask("/import", {"source_path": str(history)})[1]["records_imported"] == {"gex": 0}
        assert server.stop() == 0
    assert nothing_half_done(lake)
    assert lake_digest(lake)["snapshots"][0] == SNAPSHOTS + undisturbed[1]["snapshots"][0]


def test_no_answer_fails_or_is_wrong_while_redis_dies_and_comes_back(
    commands: Commands, history: Path, first_day: Path, own_redis: RedisServer, lake: Path
):
    """Killed, frozen and flushed under load, with an import that makes what it remembers untrue."""
    environment = {"GEXLAKE_SOURCE_ROOTS": f"{history},{first_day}", "GEXLAKE_REDIS_URL": own_redis.url}
    with Server(lake, commands, **environment) as server:
        assert server.ask("/import", {"source_path": str(first_day)})[0] == 200
        clients = [Asking(server, "/gex/latest"), Asking(server, "/gex/at", timestamp="2025-10-06T15:00:00Z")]
        for client in clients:
            client.start()
        for _ in range(2):
            asked_often(clients)
            own_redis.kill()
            asked_often(clients)
            own_redis.start()
            own_redis.freeze()
            asked_often(clients)
            own_redis.thaw()
            own_redis.flush()
        assert server.ask("/import", {"source_path": str(history)})[0] == 200
        newest = server.ask("/gex", symbol=TICKER, start="2025-10-07", limit=10_000)[1][-1]["timestamp"]
        assert server.ask("/gex/latest", symbol=TICKER)[1]["timestamp"] == newest
        for client in clients:
            client.end()
        assert [client.wrong for client in clients] == [[], []]
        assert server.stop() == 0


def asked_often(clients: list[Asking]) -> None:
    """Wait until each client has asked twenty times more."""
    wanted = [client.asked + 20 for client in clients]
    while any(client.asked < enough and client.is_alive() for client, enough in zip(clients, wanted, strict=True)):
        time.sleep(0.01)


def test_an_import_beside_the_server_reports_as_one_without(
    commands: Commands, history: Path, undisturbed: tuple[Path, Content], lake: Path, tmp_path: Path
):
    """The same progress, report, JSON and exit status, though no source root is set; the lake is the same, too."""
    alone = commands("import", history, "--lake", tmp_path / "other", "--progress", "plain", "--workers", "2")
    with Server(lake, commands) as server:
        beside = commands("import", history, "--lake", lake, "--progress", "plain", "--workers", "2")
        assert same(beside.out) == same(alone.out)
        assert same(beside.err) == same(alone.err)
        assert beside.status == alone.status == 0

        options = ("--json", "--force")
        again = [commands("import", history, "--lake", where, *options) for where in (lake, tmp_path / "other")]
        told = [json.loads(done.out) for done in again]
        for run in told:
            del run["import_id"], run["duration_seconds"]
        assert told[0] == told[1]
        assert told[0]["snapshots"]["duplicates"] == undisturbed[1]["snapshots"][0]

        dry = commands("import", history, "--lake", lake, "--dry-run", "--force")
        assert (dry.status, "nothing was written" in dry.out) == (0, True)
        assert server.ask(f"/imports/{run_id(beside.out)}")[1]["status"] == "success"
        assert server.stop() == 0
    assert lake_digest(lake) == lake_digest(tmp_path / "other")
    assert nothing_half_done(lake)


def same(text: str) -> str:
    """Blot out what differs between two runs: ids, durations, speeds, the lines in between of a slow one."""
    text = re.sub(r"^\d+ of \d+ files?, .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\d{8}T\d{6}-[0-9a-f]{6}", "ID", text)
    return re.sub(r" in [\d.]+ m?s(, [\d.]+ .B/s)?", " in TIME", text)


def run_id(report: str) -> str:
    """Find the id of a run in its report."""
    found = re.search(r"\d{8}T\d{6}-[0-9a-f]{6}", report)
    assert found
    return found[0]


@pytest.mark.skipif(sys.platform != "linux", reason="threads differ in niceness on Linux only")
def test_all_but_the_answers_give_way(history: Path, lake: Path):
    """The libraries' threads from the beginning, and those of an import as long as it runs."""

    def niceness() -> list[int]:
        # The first thread has the number of the process; those after it may have smaller ones.
        tasks = sorted(Path(f"/proc/{server.pid}/task").iterdir(), key=lambda task: int(task.name) != server.pid)
        return [os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks]

    with Server(lake, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        assert server.ask("/health")[0] == 200
        first, *others = niceness()
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert first == own
        idle = sum(nice >= max(10, own) for nice in others)
        assert idle > 0
        begun(server, history)
        first, *others = niceness()
        assert first == own
        assert sum(nice >= max(10, own) for nice in others) > idle


@pytest.mark.parametrize("stop", [Server.stop, Server.hang_up])
def test_stop_in_the_middle_of_an_import(
    commands: Commands, stop: Callable[[Server], int], history: Path, undisturbed: tuple[Path, Content], lake: Path
):
    """The waiting client gets an answer, the exit status is 0, the run is interrupted, and the next one goes on."""
    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        import_id = begun(server, history)
        answers: list[Any] = []
        heard = threading.Event()

        def follow() -> None:
            for event in server.follow(import_id):
                answers.append(event)
                heard.set()

        follower = threading.Thread(target=follow)
        follower.start()
        assert heard.wait(60)
        assert stop(server) == 0
        follower.join()
        assert answers[-1][0] == "ended"
        assert "was stopped" in answers[-1][1]["error"]
    assert not (lake / "server.json").exists()
    assert nothing_half_done(lake)
    assert 0 < lake_digest(lake)["snapshots"][0] < undisturbed[1]["snapshots"][0]

    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        assert server.ask(f"/imports/{import_id}")[1]["status"] == "interrupted"
        assert server.ask("/import", {"source_path": str(history)})[1]["status"] == "success"
        assert server.stop() == 0
    assert lake_digest(lake) == undisturbed[1]
    assert nothing_half_done(lake)


def test_the_end_of_the_terminal_stops_it_as_ctrl_c_does(lake: Path):
    """Nothing is left behind: neither the word where it serves nor a log beside the database."""
    with Server(lake) as server:
        assert server.hang_up() == 0
    assert {path.name for path in lake.iterdir() if path.is_file()} == {"gex.duckdb"}


def test_a_client_that_waits_is_told_that_the_server_stops(commands: Commands, history: Path, lake: Path):
    """With 503: the same request succeeds once the server is back."""
    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        answers: list[Any] = []
        waiting = threading.Thread(target=lambda: answers.append(server.ask("/import", {"source_path": str(history)})))
        waiting.start()
        while server.ask("/import", {"source_path": str(history)}, prefer="respond-async")[0] != 409:
            pass
        assert server.stop() == 0
        waiting.join()
    ((status, answer),) = answers
    assert status in (409, 503)
    assert list(answer) == ["error", "details"]


def test_kill_in_the_middle_of_an_import(
    commands: Commands, history: Path, undisturbed: tuple[Path, Content], lake: Path
):
    """The next server settles it; what the dead one left behind keeps nobody away."""
    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        import_id = begun(server, history)
    assert (lake / "server.json").exists()

    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        assert server.ask(f"/imports/{import_id}")[1]["status"] == "interrupted"
        server.kill()
    done = commands("import", history, "--lake", lake)
    assert done.status == 0, done.err
    assert lake_digest(lake) == undisturbed[1]
    assert nothing_half_done(lake)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_stops_its_import_in_the_server(
    commands: Commands, number: signal.Signals, history: Path, undisturbed: tuple[Path, Content], lake: Path
):
    """With the sentence and the status of one without a server; the server goes on."""
    with Server(lake, commands) as server:
        command = commands.begin("import", str(history), "--lake", str(lake), "--progress", "plain")
        assert command.stderr is not None
        assert "to read" in command.stderr.readline()
        command.send_signal(number)
        _, complaints = command.communicate()
        assert command.returncode == 130
        assert "run the same command again" in complaints
        assert "Traceback" not in complaints

        assert commands("import", history, "--lake", lake).status == 0
        assert server.stop() == 0
    assert lake_digest(lake) == undisturbed[1]


def test_a_server_that_dies_is_told_to_whoever_handed_it_an_import(
    commands: Commands, history: Path, undisturbed: tuple[Path, Content], lake: Path
):
    """One sentence, status 3; the same command then imports by itself."""
    with Server(lake, commands) as server:
        command = commands.begin("import", str(history), "--lake", str(lake), "--progress", "plain")
        assert command.stderr is not None
        assert "to read" in command.stderr.readline()
        server.kill()
        _, complaints = command.communicate()
    assert command.returncode == 3
    assert f"process {server.pid}) has gone away" in complaints
    assert "Traceback" not in complaints

    assert commands("import", history, "--lake", lake).status == 0
    assert lake_digest(lake) == undisturbed[1]


def test_what_to_do_after_an_import_can_be_asked_of_the_server(commands: Commands, lake: Path, tmp_path: Path):
    """The commands that show it could not be answered beside it, so the report has addresses."""
    (file,) = write_history(tmp_path / "my history", days=1, snapshots=20, form="jsonl")
    with file.open("a", encoding="utf-8") as recorder:
        recorder.write('{"timestamp":1763150400,"ticker":"NQ_NDX","spot":-1}\n')
    with Server(lake, commands) as server:
        done = commands("import", tmp_path / "my history", "--lake", lake)
        (address,) = re.findall(r"http://\S+", done.out)
        assert address.startswith(f"{server.url}/rejects?path=")
        status, found = server.ask(address.removeprefix(server.url))
        assert (done.status, status, [reject["record"] for reject in found]) == (1, 200, [20])
        assert server.stop() == 0


#: What only asks, and for what there is not.
ASKED = (
    "query",
    "query --at 2025-11-13T18:00Z --format csv",
    "query --start 2025-11-12 --end 2025-11-14 --limit 1100 --json --ladder",
    "query nq_ndx --limit 3 --category zero",
    "query --feeds",
    "query --at 2025-01-01",
    "ladder",
    "ladder --at 2025-11-13T18:00Z --json",
    "ladder ES_SPX",
    "day --date 2025-11-13",
    "flagged --json",
    "coverage --json",
    "coverage --start 2025-11-13 --end 2025-11-18 --fail-on missing",
    "runs --json",
    "lineage --json",
    "lineage --path broken --status partial",
    "lineage --run nobody",
    "rejects list --all",
    "rejects list --reason not-positive --json",
    "rejects show 1",
    "rejects show 99999999",
    "rejects export - --meta",
)


def test_what_only_asks_says_the_same_beside_a_server(commands: Commands, lake: Path, tmp_path: Path):
    """Word for word, with the same exit status; ladders come from the disk, so of long answers, too."""
    history = tmp_path / "history"
    write_history(history, days=4, snapshots=SNAPSHOTS, strikes=12, form="mixed")
    broken = lake.with_name("broken")
    broken.mkdir()
    bad = [words(record(second, spot=-1)) for second in range(300)]  # more than come at once
    (broken / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl").write_bytes(b"".join(bad) + b'{"timestamp": "\xff"')
    assert commands("import", history, "--lake", lake).status == 0
    assert commands("import", broken, "--lake", lake).status != 0
    alone = [commands(*asked.split(), "--lake", lake)[:3] for asked in ASKED]
    assert {status for status, _, _ in alone} == {0, 1, 2, 3}
    with Server(lake, commands) as server:
        assert [commands(*asked.split(), "--lake", lake)[:3] for asked in ASKED] == alone
        assert server.stop() == 0


def test_a_server_that_does_not_answer_is_named(commands: Commands, history: Path, lake: Path):
    """By its address and process, as if it had not been asked."""
    assert commands("import", history, "--lake", lake).status == 0
    with Server(lake, commands) as server:
        told = lake / "server.json"
        told.write_text(json.dumps(json.loads(told.read_text()) | {"token": "another"}))
        done = commands("query", "--lake", lake)
        assert (done.status, done.out) == (3, "")
        assert f"is open in the server at {server.url} (process {server.pid})" in done.err
        assert server.stop() == 0


def test_other_commands_are_told_where_the_server_is(commands: Commands, lake: Path):
    """One line with its address and pid, and status 3; a second server on the lake, too."""
    with Server(lake, commands) as server:
        for words in ("repair", "repair --dry-run", "rejects replay", "serve --port 0"):
            done = commands(*words.split(), "--lake", lake)
            assert done.status == 3, words
            assert len(done.err.splitlines()) == 1
            assert server.url in done.err
            assert f"process {server.pid}" in done.err
        port = server.url.rpartition(":")[2]
        taken = commands("serve", "--lake", lake.parent / "other", "--port", port)
        assert taken.status == 3
        assert f"127.0.0.1 port {port}: Address already in use" in taken.err
        assert not (lake.parent / "other").exists()
        assert server.stop() == 0


def test_the_file_of_a_server_is_for_its_owner_only(commands: Commands, lake: Path):
    """It holds the token, and goes with the server."""
    with Server(lake, commands) as server:
        file = lake / "server.json"
        assert file.stat().st_mode & 0o777 == 0o600
        written = json.loads(file.read_text())
        assert (written["pid"], written["url"]) == (server.pid, server.url)
        assert len(written["token"]) > 40
        server.signal(signal.SIGINT)
        assert server.wait() == 0
    assert not file.exists()


def test_more_than_one_server_process_is_refused(commands: Commands):
    """With the reason."""
    done = commands("serve", "--workers", "2")
    assert done.status == 2
    assert "one process owns a lake" in done.err


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_clients_that_hang_up_leave_nothing_behind(commands: Commands, history: Path, lake: Path):
    """Pages of an answer that nobody reads to its end are given back, without anybody looking for garbage."""

    def held() -> int:
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024

    with Server(lake, commands, GEXLAKE_SOURCE_ROOTS=str(history)) as server:
        assert server.ask("/import", {"source_path": str(history)})[0] == 200
        before = 0
        for count in range(15):
            with closing(server.connect()) as connection:
                connection.request("GET", f"/gex?symbol={TICKER}&limit=10000")
                assert connection.getresponse().read(1_000)
            # Answered after what was hung up on has ended, or nearly so; a page, as the parts of the other answer are.
            with closing(server.connect()) as connection:
                connection.request("GET", f"/gex?symbol={TICKER}&limit=1000")
                response = connection.getresponse()
                page = response.read()
            assert response.status == 200
            before = held() if count == 4 else before
        assert held() - before < 7 * len(page)
        assert server.stop() == 0
