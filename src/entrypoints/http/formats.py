"""The forms in which rows leave, and how a request chooses one: ``format=``, else ``Accept``, else JSON."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic.json_schema import SkipJsonSchema

from .errors import NOT_ACCEPTABLE, RequestRefused


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
#: Other names by which clients ask for the same.
_ALIASES = {
    "application/ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "application/jsonlines": Format.NDJSON,
    "application/arrow": Format.ARROW,
    "application/parquet": Format.PARQUET,
    "application/x-parquet": Format.PARQUET,
}
TEXTS = (Format.JSON, Format.NDJSON)


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
        return chosen_format(form, request.headers.get("accept", ""), offered)

    return Depends(chosen)


def chosen_format(name: str | None, accept: str, offered: tuple[Format, ...] = tuple(Format)) -> Format:
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
def _accepted(accept: str, offered: tuple[Format, ...]) -> Format:
    """Choose by the header: the best that is offered, of equals the one named first."""
    wanted = [found for part in accept.split(",") if (found := _preference(part))]
    if not wanted:
        return offered[0]
    for media, quality in sorted(wanted, key=lambda one: -one[1]):
        fitting = [form for form in offered if quality > 0 and _fits(media, form)]
        if fitting:
            return fitting[0]
    raise _refusal(f"Accept: {accept[:100]}", offered)


def _preference(part: str) -> tuple[str, float] | None:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return (media, float(quality)) if media else None
    except ValueError:
        return media, 1.0


def _fits(media: str, form: Format) -> bool:
    if media == "*/*" or _ALIASES.get(media) is form:
        return True
    own = MEDIA_TYPES[form]
    return media == own or (media.endswith("/*") and own.startswith(media[:-1]))


def _refusal(asked: str, offered: tuple[Format, ...]) -> RequestRefused:
    names = [form.value for form in offered]
    return RequestRefused(
        NOT_ACCEPTABLE,
        f"There is no answer in the form that is asked for ({asked}). Choose format= {', '.join(names)}.",
        {"formats": names, "media_types": [MEDIA_TYPES[form] for form in offered]},
    )


AnyFormat = Annotated[Format, accepting()]
TextFormat = Annotated[Format, accepting(*TEXTS)]
