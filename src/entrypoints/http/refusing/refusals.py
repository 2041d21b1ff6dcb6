"""Answers that refuse, in the one shape of errors: ``{"error": "a sentence with the cure", "details": {…}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

#: Seconds for which a client may go on sending what is refused already. Many write all before they read anything, and
#: where the connection is closed to them meanwhile, the system takes the answer away from them.
HEARD_OUT = 30.0


def refusal(
    status: int, error: str, details: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Make an answer that says what is wrong and what to do, and in ``details`` the facts of it."""
    body = orjson.dumps({"error": error, "details": dict(details or {})}, default=str)
    return Response(body, status, dict(headers or {}), media_type="application/json")
