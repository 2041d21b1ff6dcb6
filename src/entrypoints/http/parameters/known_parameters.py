"""Refusing parameters that a route does not know: a misspelt one would be answered as if it were not there."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute


def learn_parameters(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Note which parameters each route of these routers knows, for ``only_known``.

    The routers say so themselves: what the framework makes of them for an app takes a tenth of a second.
    """
    known: dict[str, list[str]] = {}
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute):
            asked = (one.alias for one in get_flat_params(route.dependant) if isinstance(one.field_info, Query))
            known.setdefault(route.path_format, []).extend(asked)
    app.state.parameters = known


async def only_known(request: Request) -> None:
    """Let a request pass whose parameters its route knows.

    Raises:
        RequestValidationError: it does not know one.
    """
    known: list[str] = request.app.state.parameters[request.scope["route"].path_format]
    unknown = request.query_params.keys() - set(known)
    if unknown:
        facts = {"known": ", ".join(known) or "none"}
        raise RequestValidationError(
            [{"type": "unknown_parameter", "loc": ("query", name), "ctx": facts} for name in sorted(unknown)]
        )
