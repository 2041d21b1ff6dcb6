"""Answers that refuse, in the one shape of errors: ``{"error": …, "details": …}``."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response


def refusal(status: int, error: str, details: str, headers: Mapping[str, str] | None = None) -> Response:
    """Make an answer that says in a word what is wrong, and in ``details`` what to do."""
    return JSONResponse({"error": error, "details": details}, status, dict(headers or {}))
