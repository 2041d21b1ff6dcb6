"""What goes wrong, in the one shape that clients get: ``{"error": ..., "details": {...}}``.

Paths, stacks and SQL stay inside: a sentence that may hold one is told anew for the outside.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from ....application.asking.draw_heatmap import HeatmapTooLarge
from ....domain.errors import (
    MOST_NAMED,
    DiskFailing,
    DiskFull,
    FeedAmbiguous,
    GexlakeError,
    LakeBusy,
    LakeDamaged,
    LakeForbidden,
    LakeMoved,
    LakeNotFound,
    LakeTooNew,
    SnapshotNotFound,
    TooLittleLeft,
)
from .problems import MOST_TOLD, Problem, problem_of_body, problems_of, sentence_of
from .refusals import refusal

_LOG = logging.getLogger(__name__)
BAD_REQUEST, NOT_FOUND, NOT_ALLOWED, NOT_ACCEPTABLE, CONFLICT = 400, 404, 405, 406, 409
FAULT, UNAVAILABLE, NO_ROOM = 500, 503, 507
#: Seconds after which a client may ask again what could not be answered for the moment.
RETRY_AFTER = 5


class ErrorBody(BaseModel):
    """What every request gets that fails."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "The lake holds no snapshot of ABC (it holds NQ_NDX/classic/gex_zero). "
                    "GET /feeds lists what it holds.",
                    "details": {"question": "ABC", "feeds": ["NQ_NDX/classic/gex_zero"]},
                }
            ]
        }
    )

    error: str = Field(description="A sentence that ends with what to do.")
    details: dict[str, Any] = Field(default_factory=dict, description="The facts of it, by name.")


#: What the documentation says of every answer that no route lists: JSON, whatever the route itself gives.
FAILURE: dict[str, Any] = {
    "description": "It failed; the sentence says why and what to do.",
    "content": {"application/json": {"schema": ErrorBody.model_json_schema()}},
}


class RequestRefused(GexlakeError):
    """A request that is refused, with the status and the headers of its answer."""

    def __init__(
        self,
        status: int,
        sentence: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.details, self.headers = status, dict(details or {}), dict(headers or {})
        super().__init__(sentence)


def translate_errors(app: FastAPI) -> None:
    """Have every failure that somebody foresaw answered in the one shape; ``Trail`` answers the others."""
    app.add_exception_handler(GexlakeError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


#: A status, and a sentence, or what makes one of an error with the facts of it.
_Told = tuple[int, str | Callable[[Any], tuple[str, dict[str, Any]]]]
_FAULT: _Told = (
    FAULT,
    "The server failed at this request. Try again; if it fails again, tell the operator, whose log says why.",
)
#: What the outside is told of errors whose own sentence speaks to somebody at a terminal.
_TOLD: dict[type[GexlakeError], _Told] = {
    SnapshotNotFound: (
        NOT_FOUND,
        lambda error: (
            f"{error.fact} GET /feeds lists what it holds.",
            {"question": error.question} | ({} if error.held is None else {"feeds": error.held[:MOST_NAMED]}),
        ),
    ),
    FeedAmbiguous: (
        CONFLICT,
        lambda error: (
            f"{error.ticker} has several feeds: {', '.join(error.feeds)}. "
            + ("Write symbol= exactly as one of them." if error.by_case else "Choose one with package= and category=."),
            {"ticker": error.ticker, "feeds": list(error.feeds)},
        ),
    ),
    HeatmapTooLarge: (
        BAD_REQUEST,
        lambda error: (str(error), {"columns": error.columns, "rows": error.rows}),
    ),
    LakeBusy: (UNAVAILABLE, "The lake is in use by another process. Try again later."),
    LakeNotFound: (UNAVAILABLE, "The lake is not there. Tell the operator of this server."),
    LakeMoved: (UNAVAILABLE, "The lake is not where this server has opened it. Tell the operator of this server."),
    LakeTooNew: (UNAVAILABLE, "The lake is of a newer gexlake. Tell the operator of this server."),
    LakeDamaged: (FAULT, "A part of the lake cannot be read. Tell the operator of this server, whose log says more."),
    LakeForbidden: (FAULT, "The server may not read or write its lake. Tell its operator, whose log says more."),
    TooLittleLeft: (UNAVAILABLE, "The server has too little memory left. Ask for less, or try again later."),
    DiskFailing: (FAULT, "The server's disk fails. Tell its operator, whose log says more."),
    DiskFull: (NO_ROOM, "The server's disk is full. Tell its operator, and try again later."),
}


async def _ours(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestRefused):
        return refusal(error.status, str(error), error.details, error.headers)
    status, tell = next((told for kind, told in _TOLD.items() if isinstance(error, kind)), _FAULT)
    if status >= FAULT:
        _LOG.error("%s %s: %s", request.method, request.url.path, error)
    retry = {"Retry-After": str(RETRY_AFTER)} if getattr(error, "transient", False) else {}
    sentence, details = (tell, {}) if isinstance(tell, str) else tell(error)
    return refusal(status, sentence, details, retry)


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer a request whose parameters or body are not what they must be."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return _not_valid(problems_of(found, request.headers.get("content-type")))


def _not_valid(problems: list[Problem]) -> Response:
    return refusal(BAD_REQUEST, sentence_of(problems), {"problems": problems[:MOST_TOLD]})


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: no such route, no such method, a body that cannot be read."""
    if not isinstance(error, HTTPException):
        raise error
    details: dict[str, Any] = {}
    sentence = str(error.detail)
    if error.status_code == NOT_FOUND:
        sentence, details = "There is nothing at this path. GET /docs lists what there is.", {"path": request.url.path}
    elif error.status_code == BAD_REQUEST:
        return _not_valid([problem_of_body(error.__cause__)])
    elif error.status_code == NOT_ALLOWED:
        allowed = _allowed(request, (error.headers or {}).get("Allow", ""))
        sentence = f"{request.method} is not possible here. Use {allowed or 'another method'}."
        details = {"method": request.method, "allowed": allowed}
        return refusal(error.status_code, sentence, details, {**(error.headers or {}), "Allow": allowed})
    return refusal(error.status_code, sentence, details, error.headers)


def _allowed(request: Request, known: str) -> str:
    """Give the methods of all routes with the path of a request; the framework names only the first one's."""
    path = getattr(request.scope.get("route"), "path_format", None)
    contexts = iter_route_contexts(request.app.routes)
    found = {method for context in contexts if path and context.path_format == path for method in context.methods or ()}
    head = {"HEAD"} if "GET" in found else set()  # see ``HeadAsGet``
    return ", ".join(sorted(found | head)) or known
