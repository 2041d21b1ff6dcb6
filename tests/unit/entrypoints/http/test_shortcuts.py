"""Plain questions, which are answered past the framework as it would answer them."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import State

from gexlake.application.asking.answer import Answer
from gexlake.application.asking.at_once import waiting
from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.feed import Feed
from gexlake.entrypoints.http.answering.answers import Answers
from gexlake.entrypoints.http.shortcuts import Shortcuts
from gexlake.testing import NoQueryCache
from gexlake.testing.builders import make_snapshot, make_snapshots
from support.serving import client_of, lake_of

PLAIN = (
    "latest?symbol=NQ_NDX",
    "latest?symbol=nq_ndx&package=classic&category=zero&format=arrow",
    "at?symbol=NQ_NDX&timestamp=2025-10-06",
    "at?symbol=NQ_NDX&timestamp=2025-10-06T10:30:01-04:00",
    "at?symbol=NQ_NDX&timestamp=2025-10-06T16:30:01 02:00",
    "ladder?symbol=NQ_NDX",
    "ladder?symbol=NQ_NDX&timestamp=2025-10-06T14:30:00.5Z&format=ndjson",
    "levels?symbol=NQ_NDX",
    "levels?symbol=NQ_NDX&start=2025-10-06&end=2025-10-06&limit=2",
    "levels?symbol=NQ_NDX&limit=007&format=csv",
)
#: Questions with which something is wrong, and such as have more to them.
OTHERS = (
    "latest",
    "latest?symbol=",
    "latest?symbol=ABC",
    "latest?symbol=SPX",
    f"latest?symbol={'X' * 65}",
    "latest?symbol=NQ_NDX&format=xml",
    "latest?symbol=NQ_NDX&category=",
    "at?symbol=NQ_NDX",
    "at?symbol=NQ_NDX&timestamp=yesterday",
    "at?symbol=NQ_NDX&timestamp=2020-01-01",
    "at?symbol=NQ_NDX&timestamp=2025-10-06&tolerance=1",
    "levels?symbol=NQ_NDX&limit=0",
    "levels?symbol=NQ_NDX&limit=10001",
    "levels?symbol=NQ_NDX&limit=two",
    "levels?symbol=NQ_NDX&limit=%D9%A2",
    "levels?symbol=NQ_NDX&start=2025-10-07&end=2025-10-06",
    "levels?symbol=NQ_NDX&every=1m",
    "levels?symbol=NQ_NDX&symbol=NQ_NDX",
)
SNAPSHOTS = (
    make_snapshots(3),
    [make_snapshot(ticker="SPX", category="gex_one")],
    [make_snapshot(ticker="SPX", category="gex_full")],
)


class Patient(QueryGex):
    """Waits before it answers, where it may."""

    gate = threading.Event()

    def latest(self, feed: Feed, *, ladders: bool = False) -> Answer:
        """Wait for the gate."""
        waiting()
        self.gate.wait(5)
        return super().latest(feed, ladders=ladders)


def state_of(lake: Lake, query: type[QueryGex] = QueryGex) -> State:
    """Give what an application over a lake has, as far as shortcuts look at it."""
    wiring = SimpleNamespace(query_gex=query)
    return State({"lake": lake, "answers": Answers(lake, NoQueryCache()), "container": wiring})


def scope_of(question: str) -> dict[str, Any]:
    """Give a request as the server does."""
    path, _, query = question.partition("?")
    scope = {"type": "http", "method": "GET", "path": f"/gex/{path}", "headers": []}
    return scope | {"query_string": query.replace(" ", "%20").encode()}


@pytest.mark.parametrize("question", [*PLAIN, *OTHERS])
def test_answers_are_those_of_the_framework(question: str) -> None:
    """Head and body; a parameter that is given twice sends a question there, and changes nothing else."""
    client, (_, asks, parameters) = client_of(*SNAPSHOTS), question.partition("?")
    again = f"&{parameters.partition('&')[0]}" if asks else ""
    short, long = client.get(f"/gex/{question}"), client.get(f"/gex/{question}{again}")
    assert short.status_code == long.status_code
    assert short.content == long.content
    for answer in (short, long):
        answer.headers.pop("x-request-id")
        answer.headers["link"] = answer.headers.get("link", "").replace("symbol=NQ_NDX&", "")
    assert short.headers == long.headers


@pytest.mark.parametrize("question", [*PLAIN, *OTHERS])
def test_only_plain_questions_are_taken(question: str) -> None:
    """All others are the framework's, whose answer goes out instead."""
    lake, sent = lake_of(*SNAPSHOTS), list[Any]()

    async def framework(*_: Any) -> None:
        sent.append("the framework")

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = scope_of(question)
    asyncio.run(Shortcuts(framework, state_of(lake), 60)(scope, None, send))  # type: ignore[arg-type]
    plain = question in PLAIN
    assert sent == (["http.response.start", "http.response.body"] if plain else ["the framework"])
    assert ("route" in scope) == plain


@pytest.mark.parametrize(("seconds", "status"), [(0.05, 504), (60.0, 200)])
def test_what_has_to_wait_is_answered_within_the_time_limit(seconds: float, status: int) -> None:
    """Or given up: an answer that is in memory needs no limit, one that is not has to keep it."""
    sent = list[Any]()

    async def framework(*_: Any) -> None:
        sent.append({"status": "the framework"})

    async def send(message: Any) -> None:
        sent.append(message)
        Patient.gate.set()

    Patient.gate.clear()
    if status == 200:
        Patient.gate.set()
    shortcuts = Shortcuts(framework, state_of(lake_of(*SNAPSHOTS), Patient), seconds)
    asyncio.run(shortcuts(scope_of("latest?symbol=NQ_NDX"), None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == status
    assert len(sent) == 2
