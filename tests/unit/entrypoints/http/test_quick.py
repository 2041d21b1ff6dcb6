"""Routes that answer on the event loop as long as they need not wait."""

import asyncio
import threading
from contextlib import suppress

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from gexlake.adapters.layers.followed_lake import FollowedLake
from gexlake.adapters.memory.book import Book
from gexlake.application.asking.at_once import waiting
from gexlake.domain.feed import Feed
from gexlake.entrypoints.http.answering.quick import quick
from gexlake.testing import InMemoryLake, InMemorySnapshotStore
from support.serving import client_of


def small_app(threads: list[int]) -> FastAPI:
    """Make an app of quick routes, which say in which thread they end, and one that names the loop's.

    For one of them something is brought several times; ``threads`` are those that brought it.
    """
    app = FastAPI()

    @app.get("/quick")
    @quick
    def route(number: int, *, slow: bool = False) -> Response:
        if slow:
            waiting()
        return Response(f"{number} {threading.get_ident()}")

    @app.get("/brought")
    @quick
    def brought(often: int) -> Response:
        if len(threads) < often:
            waiting(bring=lambda: threads.append(threading.get_ident()))
        return Response(str(threading.get_ident()))

    @app.get("/loop")
    async def loop() -> int:
        return threading.get_ident()

    return app


def test_what_waits_is_answered_in_a_thread_and_all_else_on_the_loop():
    """With the same answer; the route's parameters are read as those of any other."""
    with TestClient(small_app([])) as client:
        own = client.get("/loop").text
        assert client.get("/quick?number=3").text == f"3 {own}"
        number, thread = client.get("/quick?number=4&slow=true").text.split()
        assert (number, thread != own) == ("4", True)
        assert client.get("/quick?number=x").status_code == 422


def test_threads_only_bring_what_is_missing():
    """The loop answers, unless there is no end to it."""
    with TestClient(small_app(threads := [])) as client:
        own = client.get("/loop").text
        assert client.get("/brought?often=3").text == own
        assert len(threads) == 3
        assert own not in map(str, threads)
        assert client.get("/brought?often=99").text != own
    assert 3 < len(threads) < 20


class Distant(InMemorySnapshotStore):
    """A store that has to ask somebody else for its feeds; ``where`` says of each time whether on an event loop."""

    def __init__(self) -> None:
        super().__init__(Book())
        self.where: list[bool] = []

    def feeds(self) -> list[Feed]:
        waiting()
        self.where.append(False)
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            self.where[-1] = True
        return super().feeds()


def test_feeds_that_somebody_else_has_to_be_asked_for_hold_up_no_loop():
    """Each symbol that there is not is asked for anew, and all others would wait as long."""
    store = Distant()
    client = client_of(lake=FollowedLake(InMemoryLake(), store))
    for route in ("latest", "levels", "heatmap"):
        answer = client.get(f"/gex/{route}?symbol=NONE")
        assert (answer.status_code, answer.json()["details"]["question"]) == (404, "NONE")
    assert store.where
    assert not any(store.where)
