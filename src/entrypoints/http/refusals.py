"""Answers that refuse, in the one shape of errors: ``{"error": "a sentence with the cure", "details": {…}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response


def refusal(
    status: int, error: str, details: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Make an answer that says what is wrong and what to do, and in ``details`` the facts of it."""
    return JSONResponse({"error": error, "details": dict(details or {})}, status, dict(headers or {}))
