"""What a route asks of the app that it belongs to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from ...application.ports.query_cache import QueryCache
from ...application.ports.unit_of_work import Lake
from ...application.query_gex import QueryGex
from ..container import Container


def app_container(request: Request) -> Container:
    """Give the wiring of the app."""
    container: Container = request.app.state.container
    return container


def app_lake(request: Request) -> Lake:
    """Give the open lake of the app."""
    lake: Lake = request.app.state.lake
    return lake


def app_query(request: Request) -> QueryGex:
    """Give the use case that answers questions about the app's lake."""
    query: QueryGex = app_container(request).query_gex(app_lake(request))
    return query


def app_cache(request: Request) -> QueryCache:
    """Give what remembers the answers of the app."""
    cache: QueryCache = app_container(request).cache()
    return cache


AppContainer = Annotated[Container, Depends(app_container)]
AppLake = Annotated[Lake, Depends(app_lake)]
AppQuery = Annotated[QueryGex, Depends(app_query)]
AppCache = Annotated[QueryCache, Depends(app_cache)]
