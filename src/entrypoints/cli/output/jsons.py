"""JSON on stdout."""

from __future__ import annotations

import sys
from typing import Any


def print_json(value: Any) -> None:
    """Print one value, indented; moments as ISO-8601 UTC with Z."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """Write one value, indented, with a line end."""
    import orjson

    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
