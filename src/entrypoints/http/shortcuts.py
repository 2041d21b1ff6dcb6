"""The hot questions past the framework: read, answered and sent by the routes' own functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from inspect import unwrap
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from fastapi import Request, Response
from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from ...application.asking.at_once import WouldWait, at_once
from ...application.asking.query_gex import QueryGex
from ...domain.errors import GexlakeError
from .answering.answers import Answers
from .answering.quick import answer_after
from .guards.time_limit import TimeLimit
from .parameters.formats import accept_of, chosen_format
from .parameters.moments import check_order, first_moment, last_moment
from .parameters.questions import MOST_SNAPSHOTS, USUAL_SNAPSHOTS, Range, Wanted
from .routes.ladder import ladder
from .routes.levels import levels
from .routes.snapshots import at, latest

#: What is longer is for the framework to refuse.
_LONGEST = 64


class _Asked(NamedTuple):
    """The request, its parameters, and what every hot route is asked with."""

    scope: Scope
    given: dict[str, str]
    common: dict[str, Any]


class Shortcuts:
    """Answers plain questions to the hot routes, and leaves all else to the application that it stands before.

    The framework takes longer to resolve the dependencies of a route than most of these answers take. A question is
    plain if all its parameters are listed in ``_HOT``, stand there once, and nothing is wrong with them. Whatever fails
    is asked of the application again: what is refused, and in which words, is said there alone.

    What is in memory is answered at once, on the event loop, where no time limit could come before it. What has to wait
    does so in a thread, for ``seconds``.
    """

    def __init__(self, app: ASGIApp, state: State, seconds: float) -> None:
        self._app, self._seconds = app, seconds
        self._query: QueryGex = state.container.query_gex(state.lake)
        self._answers: Answers = state.answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        hot = _HOT.get(scope["path"]) if scope["method"] == "GET" else None
        answer = self._app
        if hot is not None:
            try:
                with at_once():
                    answer = self._response(scope, *hot) or self._app
            except WouldWait as missing:
                answer = TimeLimit(partial(self._wait, missing, hot), self._seconds)
        await answer(scope, receive, send)

    async def _wait(
        self, missing: WouldWait, hot: tuple[frozenset[str], _Ask], scope: Scope, receive: Receive, send: Send
    ) -> None:
        response = await answer_after(missing, partial(self._response, scope, *hot))
        await (response or self._app)(scope, receive, send)

    def _response(self, scope: Scope, names: frozenset[str], ask: _Ask) -> Response | None:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        plain = len(given) == len(pairs) and given.keys() <= names and "symbol" in given
        if not plain or not all(0 < len(value) <= _LONGEST for value in given.values()):
            return None
        try:
            common = {
                "query": self._query,
                "answers": self._answers,
                "wanted": Wanted(given["symbol"], given.get("package"), given.get("category")),
                "form": chosen_format(given.get("format"), accept_of(scope)),
            }
            response = ask(_Asked(scope, given, common))
        except (GexlakeError, ValueError):
            return None
        scope["route"] = SimpleNamespace(path=scope["path"])
        return response


_unwrapped = cache(unwrap)


def _ask_route(route: Callable[..., Any], question: _Asked, **more: Any) -> Response:
    # As it is without ``quick``, which would look for a thread of its own.
    response: Response = _unwrapped(route)(**question.common, **more)
    return response


def _latest(asked: _Asked) -> Response:
    return _ask_route(latest, asked)


def _at(asked: _Asked) -> Response:
    return _ask_route(at, asked, timestamp=last_moment(asked.given.get("timestamp", "")))


def _ladder(asked: _Asked) -> Response:
    moment = asked.given.get("timestamp")
    return _ask_route(ladder, asked, timestamp=last_moment(moment) if moment else None)


def _levels(asked: _Asked) -> Response:
    first, last, limit = (asked.given.get(name) for name in ("start", "end", "limit"))
    start, end = first_moment(first) if first else None, last_moment(last) if last else None
    check_order(start, end)
    # Of bytes: the framework takes the digits of other scripts for none.
    count = USUAL_SNAPSHOTS if limit is None else int(limit.encode())
    if not 1 <= count <= MOST_SNAPSHOTS:
        raise ValueError(limit)
    request = Request(asked.scope)
    return _ask_route(levels, asked, request=request, asked=Range(start, end, count))


_Ask = Callable[[_Asked], Response]
_FEED = frozenset({"symbol", "package", "category", "format"})
#: The hot routes: the parameters of plain questions, and how they are asked.
_HOT: dict[str, tuple[frozenset[str], _Ask]] = {
    "/gex/latest": (_FEED, _latest),
    "/gex/at": (_FEED | {"timestamp"}, _at),
    "/gex/ladder": (_FEED | {"timestamp"}, _ladder),
    "/gex/levels": (_FEED | {"start", "end", "limit"}, _levels),
}
