"""Clients that do not read what they have asked for, over real connections."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse, IncompleteRead

import pytest
import uvicorn

from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.http.answering.long_answers import PATIENCE, LongAnswers
from gexlake.entrypoints.http.app import create_app
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import FixedClock
from gexlake.testing.builders import NOON, make_ladder, make_snapshots
from support.serving import lake_of

#: With their ladders far more than what the connections of the tests hold.
COUNT = 400
LADDER = make_ladder([25_000.0 + n for n in range(100)])
WHOLE, PAGED = "/gex?symbol=NQ_NDX&limit=1000", "/gex?symbol=NQ_NDX&limit=2000"
SECONDS = 60
#: Bytes that a connection holds on either side, before the system rounds them up.
HELD = 1 << 14


class Serving:
    """A server whose long answers have room for two at a time, by a clock of the test's."""

    def __init__(self, port: int, long: LongAnswers, clock: FixedClock) -> None:
        self.long, self.clock, self._port = long, clock, port
        self._connections = ExitStack()

    def ask(self, path: str) -> HTTPResponse:
        """Ask, and read the head of the answer."""
        connection = HTTPConnection("127.0.0.1", self._port)
        connection.sock = socket.socket()
        self._connections.callback(connection.close)
        connection.sock.settimeout(SECONDS)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)
        connection.sock.connect(("127.0.0.1", self._port))
        connection.request("GET", path)
        return connection.getresponse()

    def let_go(self) -> None:
        """Hang up everything."""
        self._connections.close()


@pytest.fixture
def serving() -> Iterator[Serving]:
    """A server over a lake in memory."""
    settings = Settings(lineage_store="memory", rate_limit="off")
    app = create_app(build_container(settings), lake_of(make_snapshots(COUNT, strikes=LADDER)))
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", http="httptools"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    clock = FixedClock(NOON)
    made = Serving(listening.getsockname()[1], app.state.long_answers, clock)
    length = len(made.ask(WHOLE).read())
    made.long = app.state.long_answers = LongAnswers(int(2.5 * length), clock.seconds)
    yield made
    made.let_go()
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.parametrize("path", [WHOLE, PAGED])
def test_clients_that_do_not_read_take_no_more_than_there_is_room_for(serving: Serving, path: str) -> None:
    """Who comes then is told when to come again; the one that has taken nothing for longest gives way to it."""
    sleeper = serving.ask(path)
    # The event loop comes to this when it can send the sleeper no more.
    assert serving.ask("/health").status == 200
    serving.clock.advance(1)
    reader = serving.ask(path)
    refused = serving.ask(path)
    assert (sleeper.status, reader.status, refused.status) == (200, 200, 503)
    assert refused.headers["Retry-After"] == "5"
    assert json.loads(refused.read())["error"].startswith("Too many long answers are being sent.")
    assert serving.ask("/gex?symbol=NQ_NDX&limit=1").status == 200

    serving.clock.advance(PATIENCE - 1)
    newcomer = serving.ask(path)
    assert newcomer.status == 200
    with pytest.raises(IncompleteRead):
        sleeper.read()
    assert len(json.loads(reader.read())) == len(json.loads(newcomer.read())) == COUNT


def test_what_clients_leave_behind_makes_room(serving: Serving) -> None:
    """Who has read all, and who hangs up."""
    for _ in range(3):
        assert len(serving.ask(WHOLE).read()) > 1 << 20
    serving.ask(WHOLE)
    serving.ask(PAGED)
    assert serving.ask(PAGED).status == 503
    serving.let_go()
    while serving.long.taken:
        assert serving.ask("/health").status == 200
    assert serving.ask(WHOLE).status == 200
