"""Which answers are given again; and a cache that fails, which nobody notices but by the time that answers take."""

import dataclasses
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from gexlake.adapters.plugins.manager import load_plugins
from gexlake.application.asking.at_once import waiting
from gexlake.application.ports.query_cache import QueryCache
from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.feed import Feed
from gexlake.domain.sentences import in_a_line
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.http.answering.answers import Answers
from gexlake.entrypoints.http.app import create_app
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import InMemoryQueryCache
from gexlake.testing.builders import FEED, make_snapshots, stage_part
from support.serving import client_of, lake_of, put

LATEST = "/gex/latest?symbol=NQ_NDX&category="


class FailingQueryCache(InMemoryQueryCache):
    """Fails at one of its methods, or answers in something else than bytes."""

    def __init__(self, fails_at: str, error: BaseException) -> None:
        super().__init__()
        self._fails_at, self._error = fails_at, error

    def get(self, feed: Feed, question: str) -> bytes | None:
        waiting()
        self._turn("get")
        return "text" if self._fails_at == "answers" else super().get(feed, question)  # type: ignore[return-value]

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        self._turn("put")
        super().put(feed, question, answer)

    def forget(self, feed: Feed) -> None:
        self._turn("forget")
        super().forget(feed)

    def _turn(self, step: str) -> None:
        if step == self._fails_at:
            raise self._error


def client_with(cache: QueryCache, lake: Lake) -> TestClient:
    """Make a client of the app over a lake, whose answers lie in a cache that a plugin brings."""
    plugins = dataclasses.replace(load_plugins(found=()), caches={"theirs": lambda _: cache})
    settings = Settings(lineage_store="memory", rate_limit="off", cache="theirs")
    return TestClient(create_app(build_container(settings, plugins), lake))


@pytest.mark.parametrize("error", [RuntimeError("no ink"), SystemExit(3)])
@pytest.mark.parametrize("fails_at", ["get", "put", "forget", "answers"])
def test_a_cache_that_fails_fails_neither_requests_nor_commits(
    fails_at: str, error: BaseException, caplog: pytest.LogCaptureFixture
):
    """Each feed that a commit touches is answered anew after it; what is wrong is said once."""
    lake = lake_of(make_snapshots(1), make_snapshots(1, category="gex_full"))
    client = client_with(FailingQueryCache(fails_at, error), lake)
    for category in ("gex_zero", "gex_full"):
        assert client.get(LATEST + category).json()["timestamp"] == "2025-10-06T14:30:00Z"

    with client.app.state.lake.unit() as unit:
        for category in ("gex_zero", "gex_full"):
            unit.add_part(*stage_part(lake.sink, make_snapshots(1, second=7, category=category)))
        unit.commit()

    for category in ("gex_zero", "gex_full"):
        assert client.get(LATEST + category).json()["timestamp"] == "2025-10-06T14:30:07Z"
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == (
        []
        if fails_at == "answers"
        else [f"The cache FailingQueryCache fails, answers are made anew; tell its author: {in_a_line(error)}"]
    )


def test_an_answer_that_a_commit_overtakes_is_put_where_nobody_asks():
    """So that no cache has to tell which answers are late."""
    answers = Answers(lake_of(), InMemoryQueryCache())

    def overtaken() -> bytes:
        answers.forget({FEED})
        return b"old"

    assert answers.remembered(FEED, "latest", overtaken) == b"old"
    assert answers.remembered(FEED, "latest", lambda: b"new") == b"new"


def test_what_another_process_has_put_is_not_given():
    """The cache may outlive it, and the lake have changed since."""
    cache, lake = InMemoryQueryCache(), lake_of()
    assert Answers(lake, cache).remembered(FEED, "latest", lambda: b"old") == b"old"
    assert Answers(lake, cache).remembered(FEED, "latest", lambda: b"new") == b"new"


class AskedBetween(set[Feed]):
    """Feeds of a commit, which somebody asks about just as they are gone through, as another thread may."""

    client: TestClient

    def __iter__(self) -> Iterator[Feed]:
        assert self.client.get(LATEST).status_code == 200
        return super().__iter__()


def test_an_answer_that_a_commit_overtakes_is_not_kept():
    """Neither where answers are made nor where they lie ready, whatever of the two hears of the commit first."""
    lake = lake_of(make_snapshots(1))
    client = client_of(lake=lake)
    assert client.get(LATEST).json()["timestamp"] == "2025-10-06T14:30:00Z"
    put(lake, make_snapshots(1, second=7))
    feeds = AskedBetween(lake.snapshots.feeds())
    feeds.client = client
    client.app.state.answers.forget(feeds)
    assert client.get(LATEST).json()["timestamp"] == "2025-10-06T14:30:07Z"


class OvertakingCache(InMemoryQueryCache):
    """Has somebody commit a newer snapshot just when an answer has been made."""

    lake: Lake

    def get(self, feed: Feed, question: str) -> bytes | None:
        waiting()
        return super().get(feed, question)

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        super().put(feed, question, answer)
        put(self.lake, make_snapshots(1, second=7))


@pytest.mark.parametrize("question", ["latest?", "ladder?", "at?timestamp=2025-10-07&", "levels?", "heatmap?every=1s&"])
def test_an_answer_is_never_said_to_be_newer_than_it_is(question: str):
    """Whoever reads that would not ask again for what it lacks."""
    cache = OvertakingCache()
    client = client_with(cache, lake_of(make_snapshots(1)))
    cache.lake = client.app.state.lake
    answer = client.get(f"/gex/{question}symbol=NQ_NDX")
    assert "2025-10-06T14:30:07Z" not in answer.text
    assert answer.headers["X-Gexlake-Latest"] == "2025-10-06T14:30:00Z"
