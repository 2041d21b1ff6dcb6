"""Refusing parameters that a route does not know: a misspelt one would be answered as if it were not there."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute, iter_route_contexts


def learn_parameters(app: FastAPI) -> None:
    """Note which parameters each route knows, for ``only_known``."""
    known: dict[str, list[str]] = {}
    for context in iter_route_contexts(app.routes):
        if isinstance(context.route, APIRoute) and context.path_format:
            asked = (one.alias for one in get_flat_params(context.dependant) if isinstance(one.field_info, Query))
            known.setdefault(context.path_format, []).extend(asked)
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
