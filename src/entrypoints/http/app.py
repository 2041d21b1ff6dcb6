"""The app: routes over one open lake, made by a function so that several can live in one process."""

from __future__ import annotations

from fastapi import FastAPI

from ... import __version__
from ...application.ports.unit_of_work import Lake
from ..container import Container
from . import health
from .errors import ErrorBody, translate_errors

#: Top to bottom as the documentation lists them; the first route that fits a request answers it.
ROUTERS = (health.router,)

_DESCRIPTION = """\
Options gamma exposure (GEX) history: snapshots, strike ladders, and where they came from.

Moments are ISO-8601, UTC unless they name an offset; answers have them in UTC. Every failure is
`{"error": "a sentence that ends with the cure", "details": {}}`.
"""


def create_app(container: Container, lake: Lake) -> FastAPI:
    """Make the app that serves a lake.

    The lake is open and settled already, and stays the caller's to close. Routes find both in ``app.state``.
    """
    app = FastAPI(
        title="gexlake",
        version=__version__,
        description=_DESCRIPTION,
        responses={"default": {"model": ErrorBody, "description": "It failed; the sentence says why and what to do."}},
    )
    app.state.container, app.state.lake = container, lake
    translate_errors(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
