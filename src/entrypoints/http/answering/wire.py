"""Rows as bytes, page by page: an answer of any length leaves while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import orjson
import pyarrow as pa
from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ...shapes.table_bytes import table_bytes
from ..parameters.formats import MEDIA_TYPES, Format
from ..refusing.errors import RETRY_AFTER, UNAVAILABLE
from ..refusing.refusals import refusal
from .answers import MOST_BYTES
from .long_answers import LongAnswers

Page = TypeVar("Page")
#: Makes the rows of a page as JSON texts.
Lines = Callable[[Page], Iterable[bytes]]
#: Makes the rows of a page as columns; of all pages alike.
Columns = Callable[[Page], pa.Table]
_VARY = {"Vary": "Accept"}
#: Bytes that are sent at a time. Whatever a client does not read lies in the connection's memory beside the page.
_AT_A_TIME = 256 * 1024
#: What a writer of Parquet keeps of the row group that it has written, until the next one or the end.
_WRITER_BYTES = 16 << 20


class _Leaving(StreamingResponse):
    """An answer that leaves while it is read, until it ends, the client hangs up, or it gives way to others.

    The framework breaks off what nobody reads any more with an error, which holds the frames that it went through, and
    these hold it: pages of many megabytes lay there until somebody looked for garbage. This one just ends.
    """

    def __init__(
        self, first: bytes, others: Iterator[bytes] | None, form: Format, headers: dict[str, str], beside: int = 0
    ) -> None:
        super().__init__((), headers={**headers, **_VARY}, media_type=MEDIA_TYPES[form])
        self._first, self._others, self._beside = first, others, beside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        long: LongAnswers = scope["app"].state.long_answers
        piece: bytes | None
        piece, self._first = self._first, b""
        place = long.enter(len(piece) + self._beside)
        if place is None:
            told = f"Too many long answers are being sent. Ask again in {RETRY_AFTER} seconds, or ask for less."
            no_room = refusal(UNAVAILABLE, told, headers={"Retry-After": str(RETRY_AFTER)})
            await no_room(scope, receive, send)
            return
        gone = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while piece is not None:
                place.size = len(piece) + self._beside
                for begin in range(0, len(piece), _AT_A_TIME):
                    body = piece[begin : begin + _AT_A_TIME]
                    if not await place.taken(send({"type": "http.response.body", "body": body, "more_body": True})):
                        return
                if gone.done():
                    return
                piece = None  # nor need it lie there while the next one is made
                if self._others is not None:
                    piece = await long.make(partial(next, self._others, None))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            long.leave(place)


def listing(
    rows: list[dict[str, Any]], form: Format, headers: dict[str, str], schema: pa.Schema | None = None
) -> Response:
    """Answer with the rows of a list; one that leaves in other forms than texts has columns of a ``schema``.

    Moments in JSON are ISO-8601 UTC with Z.
    """
    return respond([rows], form, _json_lines, partial(pa.Table.from_pylist, schema=schema), headers)


def _json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    return (orjson.dumps(row, option=orjson.OPT_UTC_Z) for row in rows)


def respond(
    pages: Iterable[Page], form: Format, lines: Lines[Page], columns: Columns[Page], headers: dict[str, str]
) -> Response:
    """Answer with rows: a list of pages at once, an iterator of them as they come.

    The first page is made here, so that what goes wrong with it has a status of its own.
    """
    pieces = encoded(pages, form, lines, columns)
    if isinstance(pages, list):
        return whole(b"".join(pieces), form, headers)
    return _Leaving(next(pieces), pieces, form, headers, _WRITER_BYTES if form is Format.PARQUET else 0)


def whole(answer: bytes, form: Format, headers: dict[str, str]) -> Response:
    """Answer with bytes that are there already: at once, unless they would be long in the connection's memory."""
    if len(answer) > MOST_BYTES:
        return _Leaving(answer, None, form, headers | {"Content-Length": str(len(answer))})
    return Response(answer, headers={**headers, **_VARY}, media_type=MEDIA_TYPES[form])


def encoded(pages: Iterable[Page], form: Format, lines: Lines[Page], columns: Columns[Page]) -> Iterator[bytes]:
    """Give the bytes of an answer, one piece a page and one that ends it; there is at least one page."""
    if form is Format.JSON:
        return _array(map(lines, pages))
    if form is Format.NDJSON:
        return (b"".join(line + b"\n" for line in page) for page in map(lines, pages))
    return table_bytes(map(columns, pages), form)


def _array(pages: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    opening, between = b"[", b""
    for page in pages:
        text = b",".join(page)
        before, between = opening + (between if text else b""), b"," if text else between
        opening, text = b"", before + text  # under one name: what is being sent lies there once
        yield text
    yield opening + b"]"
