"""Rows as bytes, page by page: an answer of any length leaves while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

import pyarrow as pa
from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ..text_cells import flat
from .formats import MEDIA_TYPES, Format

Page = TypeVar("Page")
#: Makes the rows of a page as JSON texts.
Lines = Callable[[Page], Iterable[bytes]]
#: Makes the rows of a page as columns; of all pages alike.
Columns = Callable[[Page], pa.Table]
_VARY = {"Vary": "Accept"}
#: Bytes that are sent at a time. Whatever a client does not read lies in the connection's memory beside the page.
_AT_A_TIME = 256 * 1024


class _Leaving(StreamingResponse):
    """An answer that leaves while it is made, until it ends or the client hangs up.

    The framework breaks off what nobody reads any more with an error, which holds the frames that it went through, and
    these hold it: pages of many megabytes lay there until somebody looked for garbage. This one ends between two pages.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del scope
        gone = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for piece in self.body_iterator:
                for begin in range(0, len(piece), _AT_A_TIME):
                    body = piece[begin : begin + _AT_A_TIME]
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                if gone.done():
                    return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()


def respond(
    pages: Iterable[Page], form: Format, lines: Lines[Page], columns: Columns[Page], headers: dict[str, str]
) -> Response:
    """Answer with rows: a list of pages at once, an iterator of them as they come.

    The first page is made here, so that what goes wrong with it has a status of its own.
    """
    pieces = encoded(pages, form, lines, columns)
    if isinstance(pages, list):
        return whole(b"".join(pieces), form, headers)
    begun = iter([next(pieces)])
    return _Leaving(chain(begun, pieces), headers={**headers, **_VARY}, media_type=MEDIA_TYPES[form])


def whole(answer: bytes, form: Format, headers: dict[str, str]) -> Response:
    """Answer with bytes that are there already."""
    return Response(answer, headers={**headers, **_VARY}, media_type=MEDIA_TYPES[form])


def encoded(pages: Iterable[Page], form: Format, lines: Lines[Page], columns: Columns[Page]) -> Iterator[bytes]:
    """Give the bytes of an answer, one piece a page and one that ends it; there is at least one page."""
    if form is Format.JSON:
        return _array(map(lines, pages))
    if form is Format.NDJSON:
        return (b"".join(line + b"\n" for line in lines(page)) for page in pages)
    return _tables(map(columns, pages), _WRITERS[form])


def _array(pages: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    opening, between = b"[", b""
    for page in pages:
        text = b",".join(page)
        yield opening + (between if text else b"") + text
        opening, between = b"", b"," if text else between
    yield opening + b"]"


class _Pipe:
    """A file that hands on what is written to it."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Keep what is written until it is taken."""

    def close(self) -> None:
        """Keep what is written until it is taken."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _tables(tables: Iterable[pa.Table], open_writer: Callable[[Any, pa.Schema], Any]) -> Iterator[bytes]:
    pipe, writer = _Pipe(), None
    for table in tables:
        writer = writer or open_writer(pipe, table.schema)
        writer.write_table(table)
        yield pipe.taken()
    if writer is not None:
        writer.close()
    yield pipe.taken()


class _CsvWriter:
    def __init__(self, pipe: _Pipe, _: pa.Schema) -> None:
        self._pipe = pipe
        self._writer: Any = None

    def write_table(self, table: pa.Table) -> None:
        from pyarrow import csv

        cells = flat(table)
        self._writer = self._writer or csv.CSVWriter(pa.PythonFile(self._pipe, "w"), cells.schema)
        self._writer.write_table(cells)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _arrow_writer(pipe: _Pipe, schema: pa.Schema) -> Any:
    return pa.ipc.new_stream(pa.PythonFile(pipe, "w"), schema)


def _parquet_writer(pipe: _Pipe, schema: pa.Schema) -> Any:
    from pyarrow import parquet

    return parquet.ParquetWriter(pa.PythonFile(pipe, "w"), schema, compression="zstd")


_WRITERS: dict[Format, Callable[[Any, pa.Schema], Any]] = {
    Format.CSV: _CsvWriter,
    Format.ARROW: _arrow_writer,
    Format.PARQUET: _parquet_writer,
}
