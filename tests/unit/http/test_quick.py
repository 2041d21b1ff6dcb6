"""Routes that answer on the event loop as long as they need not wait."""

import threading

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from gexlake.application.at_once import waiting
from gexlake.entrypoints.http.quick import quick


def small_app() -> FastAPI:
    """Make an app of one quick route, which says in which thread it ends, and one that names the loop's."""
    app = FastAPI()

    @app.get("/quick")
    @quick
    def route(number: int, *, slow: bool = False) -> Response:
        if slow:
            waiting()
        return Response(f"{number} {threading.get_ident()}")

    @app.get("/loop")
    async def loop() -> int:
        return threading.get_ident()

    return app


def test_what_waits_is_answered_in_a_thread_and_all_else_on_the_loop():
    """With the same answer; the route's parameters are read as those of any other."""
    with TestClient(small_app()) as client:
        own = client.get("/loop").text
        assert client.get("/quick?number=3").text == f"3 {own}"
        number, thread = client.get("/quick?number=4&slow=true").text.split()
        assert (number, thread != own) == ("4", True)
        assert client.get("/quick?number=x").status_code == 422
