"""The forms in which rows leave, and how a request chooses one: ``format=``, else ``Accept``, else JSON."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic.json_schema import SkipJsonSchema
from starlette.types import Scope

from ..refusing.errors import NOT_ACCEPTABLE, RequestRefused


class Format(StrEnum):
    """A form of an answer."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.NDJSON: "application/x-ndjson",
    Format.CSV: "text/csv",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}
#: Other names by which clients ask for the same, and what some write for ``*/*``.
_ALIASES = {
    "application/ndjson": MEDIA_TYPES[Format.NDJSON],
    "application/jsonl": MEDIA_TYPES[Format.NDJSON],
    "application/jsonlines": MEDIA_TYPES[Format.NDJSON],
    "application/arrow": MEDIA_TYPES[Format.ARROW],
    "application/parquet": MEDIA_TYPES[Format.PARQUET],
    "application/x-parquet": MEDIA_TYPES[Format.PARQUET],
    "*": "*/*",
}
TEXTS = (Format.JSON, Format.NDJSON)
#: Texts in which commas and semicolons part nothing. One without an end is all that follows, or each quote of a long
#: header would be looked for the end of.
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"?')


def accept_of(scope: Scope) -> bytes:
    """Give the ``Accept`` header of a request; several lines of it are one list."""
    return b",".join([value for name, value in scope["headers"] if name == b"accept"])


def accepting(*formats: Format) -> Any:
    """Make the dependency that chooses among some formats."""
    offered = formats or tuple(Format)
    names = [form.value for form in offered]

    asked = Query(
        None,
        alias="format",
        description=f"The form of the answer: {', '.join(names)}. Overrules `Accept`. Default: json.",
        json_schema_extra={"enum": names},
    )

    async def chosen(request: Request, form: str | SkipJsonSchema[None] = asked) -> Format:
        return chosen_format(form, accept_of(request.scope), offered)

    return Depends(chosen)


def chosen_format(name: str | None, accept: bytes, offered: tuple[Format, ...] = tuple(Format)) -> Format:
    """Choose a form by its name, if there is one, else by the header.

    Raises:
        RequestRefused: it is not offered.
    """
    return _accepted(accept, offered) if name is None else _named(name, offered)


def _named(name: str, offered: tuple[Format, ...]) -> Format:
    if name in [form.value for form in offered]:
        return Format(name)
    raise _refusal(f"format={name[:40]}", offered)


@lru_cache(maxsize=64)
def _accepted(header: bytes, offered: tuple[Format, ...]) -> Format:
    """Choose by the header: the form that is liked best, of equals the one named first."""
    accept = header.decode("latin-1")
    # How much each range of types is liked, and how late it is named, negative; of one named twice, what is better.
    ranges: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(_QUOTED.sub("", accept).split(",")):
        media, quality = _preference(part)
        if media:
            ranges[media] = max(ranges.get(media, (0.0, 0)), (quality, -place))
    if not ranges:
        return offered[0]
    liked = [_liking(form, ranges) for form in offered]
    best = max(liked)
    if not best[0]:
        raise _refusal(f"Accept: {accept[:100]}", offered)
    return offered[liked.index(best)]


def _preference(part: str) -> tuple[str, float]:
    """Read a range of types and its quality, 1 if none can be read; other parameters make no difference to a form."""
    media, *parameters = (piece.strip() for piece in part.lower().split(";"))
    given = next((value for name, _, value in (one.partition("=") for one in parameters) if name.strip() == "q"), "1")
    try:
        quality = float(given)
    except ValueError:
        quality = 1.0
    return _ALIASES.get(media, media), quality if 0 <= quality <= 1 else 1.0


def _liking(form: Format, ranges: dict[str, tuple[float, int]]) -> tuple[float, int]:
    """Say how much a form is liked: as the range says that names it most closely (RFC 9110, 12.5.1)."""
    own = MEDIA_TYPES[form]
    closest = (own, f"{own.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in closest if name in ranges), (0.0, 0))


def _refusal(asked: str, offered: tuple[Format, ...]) -> RequestRefused:
    names = [form.value for form in offered]
    return RequestRefused(
        NOT_ACCEPTABLE,
        f"There is no answer in the form that is asked for ({asked}). Choose format= {', '.join(names)}.",
        {"formats": names, "media_types": [MEDIA_TYPES[form] for form in offered]},
        {"Vary": "Accept"},
    )


AnyFormat = Annotated[Format, accepting()]
TextFormat = Annotated[Format, accepting(*TEXTS)]
