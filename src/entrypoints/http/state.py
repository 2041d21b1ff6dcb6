"""What a route asks of the app that it belongs to.

These are coroutines, though they wait for nothing: a plain function would be given a thread, which costs more than it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from ...application.asking.query_gex import QueryGex
from ...application.importing.import_jobs import ImportJobs
from ...application.ports.unit_of_work import Lake
from ..container import Container
from .answers import Answers
from .import_bodies import Outward


async def app_container(request: Request) -> Container:
    """Give the wiring of the app."""
    container: Container = request.app.state.container
    return container


async def app_lake(request: Request) -> Lake:
    """Give the open lake of the app; what is committed through it makes older answers unreachable."""
    lake: Lake = request.app.state.lake
    return lake


async def app_query(request: Request) -> QueryGex:
    """Give the use case that answers questions about the app's lake."""
    query: QueryGex = request.app.state.container.query_gex(request.app.state.lake)
    return query


async def app_answers(request: Request) -> Answers:
    """Give what the app remembers of its answers."""
    answers: Answers = request.app.state.answers
    return answers


async def app_jobs(request: Request) -> ImportJobs:
    """Give what runs the imports of the app."""
    jobs: ImportJobs = request.app.state.import_jobs
    return jobs


async def app_outward(request: Request) -> Outward:
    """Give what tells of the app's imports."""
    return Outward((await app_container(request)).settings().lake)


AppContainer = Annotated[Container, Depends(app_container)]
AppLake = Annotated[Lake, Depends(app_lake)]
AppQuery = Annotated[QueryGex, Depends(app_query)]
AppAnswers = Annotated[Answers, Depends(app_answers)]
AppJobs = Annotated[ImportJobs, Depends(app_jobs)]
AppOutward = Annotated[Outward, Depends(app_outward)]
