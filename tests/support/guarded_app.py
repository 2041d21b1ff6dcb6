"""A small application with a route of each kind that the guards care for."""

import threading
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Body, FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from gexlake.entrypoints.http.guards.guarded import GuardedApp
from gexlake.entrypoints.http.guards.logging import get_logger

#: Makes a client of such an application, guarded as some settings say.
MakeClient = Callable[..., TestClient]


def make_app(gate: threading.Event) -> GuardedApp:
    """Make it; its slow routes wait for the gate."""
    app = GuardedApp()
    items = APIRouter(prefix="/items")

    @app.get("/health")
    def health() -> str:
        return "well"

    @app.get("/handoff/imports")
    def handoff() -> str:
        return "no token"

    @items.get("/{number}")
    def item(number: int) -> int:
        get_logger("tests.route").info("looked", number=number)
        return number

    @app.post("/import")
    def run_import(request: Request, sizes: list[int] = Body()) -> int:  # noqa: B008  # a small application
        request.state.import_id = "run-7"
        return len(sizes)

    @app.get("/imports/{import_id}")
    def watch(import_id: str) -> str:
        gate.wait(0.1)
        return import_id

    @app.get("/slow")
    def slow() -> str:
        gate.wait(5)
        return "late"

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first,"
            gate_open = gate.wait(0.7)
            yield b"opened" if gate_open else b"last"

        return StreamingResponse(parts())

    app.include_router(items)
    _add_broken(app)
    return app


def _add_broken(app: FastAPI) -> None:
    @app.get("/breaks-off")
    async def breaks_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first,"
            raise RuntimeError("SELECT secret FROM /srv/lake")

        return StreamingResponse(parts())

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("SELECT secret FROM /srv/lake")
