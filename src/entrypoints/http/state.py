"""What a route asks of the app that it belongs to.

It is given by coroutines, though they wait for nothing: a plain function would be given a thread, which costs more.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from ...application.asking.query_gex import QueryGex
from ...application.importing.import_jobs import ImportJobs
from ...application.ports.unit_of_work import Lake
from ..container import Container
from .answering.answers import Answers
from .imports.bodies import Outward


def _kept(name: str) -> Any:
    """Make the dependency on what the app keeps in its state under a name."""

    async def kept(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(kept)


async def _query(request: Request) -> QueryGex:
    query: QueryGex = request.app.state.container.query_gex(request.app.state.lake)
    return query


async def _outward(request: Request) -> Outward:
    return Outward(request.app.state.container.settings().lake)


AppContainer = Annotated[Container, _kept("container")]
#: The open lake; what is committed through it makes older answers unreachable.
AppLake = Annotated[Lake, _kept("lake")]
AppAnswers = Annotated[Answers, _kept("answers")]
AppJobs = Annotated[ImportJobs, _kept("import_jobs")]
AppQuery = Annotated[QueryGex, Depends(_query)]
AppOutward = Annotated[Outward, Depends(_outward)]
