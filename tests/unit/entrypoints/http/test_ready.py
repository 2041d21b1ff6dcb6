"""Answers that are given again before a request is routed."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.http.answering.ready import MAX_BYTES, MOST_BYTES, PATHS, SECONDS, ReadyAnswers
from gexlake.entrypoints.http.app import ROUTERS, create_app
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import FixedClock, InMemoryLake
from gexlake.testing.builders import NOON, make_snapshots
from support.serving import client_of, lake_of, put

ASKED = (
    "/gex/latest?symbol=NQ_NDX",
    "/gex/at?symbol=NQ_NDX&timestamp=2025-10-07",
    "/gex/ladder?symbol=NQ_NDX",
    "/gex/levels?symbol=NQ_NDX&limit=1",
    "/gex/heatmap?symbol=NQ_NDX&every=1s",
)


class Upstream:
    """An application that counts what it is asked, and does something before it answers."""

    def __init__(self, status: int = 200, pieces: tuple[bytes, ...] = (b"body",)) -> None:
        self.asked, self._status, self._pieces = 0, status, pieces
        self.meanwhile: Callable[[], None] = lambda: None

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Answer."""
        self.asked += 1
        self.meanwhile()
        await send({"type": "http.response.start", "status": self._status, "headers": [(b"x-n", b"%d" % self.asked)]})
        for place, piece in enumerate(self._pieces, 1):
            await send({"type": "http.response.body", "body": piece, "more_body": place < len(self._pieces)})


class Asker:
    """Asks a memory in front of an application, whose lake has seen some commits."""

    def __init__(self, upstream: Upstream) -> None:
        self.changes, self.clock = 0, FixedClock(NOON)
        self._ready = ReadyAnswers(upstream, lambda: self.changes, self.clock.seconds)

    def ask(self, query: bytes = b"", *, path: str = "/gex/latest", method: str = "GET", accept: bytes = b"") -> bytes:
        """Give the number of the answer, and its body."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-around", b"1"))

        scope = {"type": "http", "method": method, "path": path, "query_string": query}
        asyncio.run(self._ready(scope | {"headers": [(b"accept", accept)]}, None, send))  # type: ignore[arg-type]
        assert [name for name, _ in sent[0]["headers"]] == [b"x-n", b"x-around"]
        return sent[0]["headers"][0][1] + b" " + b"".join(message["body"] for message in sent[1:])


def test_the_same_question_gets_the_same_answer_until_something_changes() -> None:
    """Or until it has grown old; another question, another form or another method is another answer."""
    asker = Asker(Upstream())
    assert [asker.ask(), asker.ask()] == [b"1 body"] * 2
    assert asker.ask(b"symbol=SPX") == b"2 body"
    assert asker.ask(accept=b"text/csv") == b"3 body"
    assert asker.ask(method="HEAD") == b"4 body"
    asker.changes += 1
    assert [asker.ask(), asker.ask()] == [b"5 body"] * 2
    asker.clock.advance(SECONDS)
    assert asker.ask() == b"6 body"


def test_an_answer_that_was_begun_before_a_commit_is_not_given_after_it() -> None:
    """However late it ends."""
    asker = Asker(upstream := Upstream())

    def commit() -> None:
        asker.changes += 1

    upstream.meanwhile = commit
    assert asker.ask() == b"1 body"
    upstream.meanwhile = lambda: None
    assert asker.ask() == b"2 body"


@pytest.mark.parametrize(
    "upstream",
    [Upstream(404), Upstream(pieces=(b"first,", b"last")), Upstream(pieces=(bytes(MOST_BYTES + 1),))],
    ids=["failed", "streamed", "large"],
)
def test_only_good_bounded_answers_are_kept(upstream: Upstream) -> None:
    """Whole ones, of which many find room."""
    asker = Asker(upstream)
    assert asker.ask() != asker.ask()
    assert MOST_BYTES * 10 < MAX_BYTES


def test_other_routes_are_asked_anew() -> None:
    """Those that are kept are there."""
    asker = Asker(Upstream())
    assert asker.ask(path="/feeds") != asker.ask(path="/feeds")
    assert {route.path for router in ROUTERS for route in router.routes} >= PATHS


@pytest.mark.parametrize("question", ASKED)
def test_what_is_ready_is_what_would_be_made(question: str) -> None:
    """With the same headers, under an id of its own, also after commits."""
    lake = lake_of(make_snapshots(3))
    client = client_of(lake=lake)
    for spot in (1.0, 2.0):
        made, ready = client.get(question), client.get(question)
        assert (made.status_code, ready.content) == (200, made.content)
        assert made.headers.pop("x-request-id") != ready.headers.pop("x-request-id")
        assert made.headers == ready.headers
        assert made.content == client_of(lake=lake).get(question).content
        put(client.app.state.lake, make_snapshots(2, second=int(10 * spot), spot=spot))
        assert ("levels" in question) == (client.get(question).content == made.content)


def test_what_is_ready_is_guarded_counted_and_logged_like_all_else() -> None:
    """Keys, limits and metrics stand around it."""
    settings = Settings(lineage_store="memory", rate_limit="3/hour", api_keys=("ann:read:a",), redis_url=None)
    client = TestClient(create_app(build_container(settings), lake_of(make_snapshots(1))))
    key = {"X-API-Key": "a"}
    answers = [client.get(ASKED[0], headers=headers) for headers in (key, key, {}, key, key)]
    assert [answer.status_code for answer in answers] == [200, 200, 401, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "2", "0", "0"]
    told = client.app.state.metrics.registry.get_sample_value(
        "gexlake_http_requests_total", {"method": "GET", "route": "/gex/latest", "status": "200"}
    )
    assert told == 3


def test_nothing_is_ready_where_nothing_shall_be_remembered() -> None:
    """A commit beside the app, which it is not told of, is seen at once."""
    lake = InMemoryLake()
    settings = Settings(lineage_store="memory", rate_limit="off", cache="none", redis_url=None)
    client = TestClient(create_app(build_container(settings), lake))
    put(lake, make_snapshots(1))
    before = client.get(ASKED[2]).json()["timestamp"]
    put(lake, make_snapshots(1, second=5))
    assert client.get(ASKED[2]).json()["timestamp"] > before
