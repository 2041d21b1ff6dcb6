"""Plain questions, which are answered past the framework as it would answer them."""

import asyncio
from typing import Any

import pytest
from starlette.datastructures import State

from gexlake.adapters.memory import NoQueryCache
from gexlake.application.query_gex import QueryGex
from gexlake.entrypoints.http.answers import Answers
from gexlake.entrypoints.http.shortcuts import Shortcuts
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
    "levels?symbol=NQ_NDX&start=2025-10-07&end=2025-10-06",
    "levels?symbol=NQ_NDX&every=1m",
    "levels?symbol=NQ_NDX&symbol=NQ_NDX",
)
SNAPSHOTS = (
    make_snapshots(3),
    [make_snapshot(ticker="SPX", category="gex_one")],
    [make_snapshot(ticker="SPX", category="gex_full")],
)


@pytest.mark.parametrize("question", [*PLAIN, *OTHERS])
def test_answers_are_those_of_the_framework(question: str) -> None:
    """Head and body; a parameter that it does not know sends a question there, and changes nothing else."""
    client, between = client_of(*SNAPSHOTS), "&" if "?" in question else "?"
    short, long = client.get(f"/gex/{question}"), client.get(f"/gex/{question}{between}unknown=1")
    assert short.status_code == long.status_code
    assert short.content == long.content
    for answer in (short, long):
        answer.headers.pop("x-request-id")
        answer.headers["link"] = answer.headers.get("link", "").replace("&unknown=1", "")
    assert short.headers == long.headers


@pytest.mark.parametrize("question", [*PLAIN, *OTHERS])
def test_only_plain_questions_are_taken(question: str) -> None:
    """All others are the framework's, whose answer goes out instead."""
    lake, sent = lake_of(*SNAPSHOTS), list[Any]()

    async def framework(*_: Any) -> None:
        sent.append("the framework")

    async def send(message: Any) -> None:
        sent.append(message["type"])

    class Wiring:
        """Wires as the container does."""

        query_gex = QueryGex

    state = State({"lake": lake, "answers": Answers(lake, NoQueryCache()), "container": Wiring})
    path, _, query = question.partition("?")
    scope = {"type": "http", "method": "GET", "path": f"/gex/{path}", "headers": []}
    scope["query_string"] = query.replace(" ", "%20").encode()
    asyncio.run(Shortcuts(framework, state)(scope, None, send))  # type: ignore[arg-type]
    plain = question in PLAIN
    assert sent == (["http.response.start", "http.response.body"] if plain else ["the framework"])
    assert ("route" in scope) == plain
