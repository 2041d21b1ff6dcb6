"""JSON on stdout: one value, or an array that is written while it is made."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

_LINE = orjson.OPT_UTC_Z
_PRETTY = _LINE | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def print_json(value: Any) -> None:
    """Print one value, indented; moments as ISO-8601 UTC with Z."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """Write one value, indented, with a line end."""
    return orjson.dumps(value, option=_PRETTY)


def write_array(values: Iterable[Any], out: BinaryIO) -> None:
    """Write an array, one value a line, without ever holding all of them."""
    between = b"[\n"
    for value in values:
        out.write(between + orjson.dumps(value, option=_LINE))
        between = b",\n"
    out.write(b"[]\n" if between == b"[\n" else b"\n]\n")
