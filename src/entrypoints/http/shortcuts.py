"""The hot questions past the framework: read, answered and sent by the routes' own functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from fastapi import Request, Response
from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from ...application.query_gex import QueryGex
from ...domain.errors import GexlakeError
from .answers import Answers
from .formats import chosen_format
from .ladder import ladder
from .levels import levels
from .moments import check_order, first_moment, last_moment
from .questions import MOST_SNAPSHOTS, USUAL_SNAPSHOTS, Range
from .snapshots import at, latest

#: What is longer is for the framework to refuse.
_LONGEST = 64


class _Asked(NamedTuple):
    """The request, its parameters, and what every hot route is asked with."""

    request: Request
    given: dict[str, str]
    common: dict[str, Any]


class Shortcuts:
    """Answers plain questions to the hot routes, and leaves all else to the application that it stands before.

    The framework takes longer to resolve the dependencies of a route than most of these answers take. A question is
    plain if all its parameters are listed in ``_HOT``, stand there once, and nothing is wrong with them. Whatever fails
    is asked of the application again: what is refused, and in which words, is said there alone.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._query: QueryGex = state.container.query_gex(state.lake)
        self._answers: Answers = state.answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        hot = _HOT.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        response = None if hot is None else await self._response(Request(scope, receive), *hot)
        await (response or self._app)(scope, receive, send)

    async def _response(self, request: Request, names: frozenset[str], ask: _Ask) -> Response | None:
        pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        plain = len(given) == len(pairs) and given.keys() <= names and "symbol" in given
        if not plain or not all(0 < len(value) <= _LONGEST for value in given.values()):
            return None
        try:
            common = {
                "query": self._query,
                "answers": self._answers,
                "feed": self._answers.feed(given["symbol"], given.get("package"), given.get("category")),
                "form": chosen_format(given.get("format"), request.headers.get("accept", "")),
            }
            response = await ask(_Asked(request, given, common))
        except (GexlakeError, ValueError):
            return None
        request.scope["route"] = SimpleNamespace(path=request.scope["path"])
        return response


def _latest(asked: _Asked) -> Awaitable[Response]:
    return latest(**asked.common)


def _at(asked: _Asked) -> Awaitable[Response]:
    return at(**asked.common, timestamp=last_moment(asked.given.get("timestamp", "")))


def _ladder(asked: _Asked) -> Awaitable[Response]:
    moment = asked.given.get("timestamp")
    return ladder(**asked.common, timestamp=last_moment(moment) if moment else None)


def _levels(asked: _Asked) -> Awaitable[Response]:
    first, last, limit = (asked.given.get(name) for name in ("start", "end", "limit"))
    start, end = first_moment(first) if first else None, last_moment(last) if last else None
    check_order(start, end)
    count = USUAL_SNAPSHOTS if limit is None else int(limit)
    if not 1 <= count <= MOST_SNAPSHOTS:
        raise ValueError(limit)
    return levels(request=asked.request, **asked.common, asked=Range(start, end, count))


_Ask = Callable[[_Asked], Awaitable[Response]]
_FEED = frozenset({"symbol", "package", "category", "format"})
#: The hot routes: the parameters of plain questions, and how they are asked.
_HOT: dict[str, tuple[frozenset[str], _Ask]] = {
    "/gex/latest": (_FEED, _latest),
    "/gex/at": (_FEED | {"timestamp"}, _at),
    "/gex/ladder": (_FEED | {"timestamp"}, _ladder),
    "/gex/levels": (_FEED | {"start", "end", "limit"}, _levels),
}
