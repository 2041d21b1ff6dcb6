"""API keys: who asks, and whether they may."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ...server.server_file import HANDOFF
from ...settings.api_keys import ApiKey, parse_api_key
from ..refusing.refusals import refusal

#: Routes that tell whether the server is well, and nothing else.
OPEN_PATHS = frozenset({"/health", "/ready"})
#: What describes the API, the same for everybody: a browser that opens a page sends no key.
_DESCRIPTIONS = frozenset({"/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/openapi.json"})
#: Routes for commands on the server's own machine have a token of their own and know no key.
_HANDOFF = f"{HANDOFF}/"
_ASKING = frozenset({"GET", "HEAD", "OPTIONS"})

#: The ways to send a key, as OpenAPI names them.
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


class KeyRing:
    """The keys that are known; without any, everybody may do everything."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._keys = [(_digest(key.secret.encode()), key) for key in map(parse_api_key, entries)]

    def __bool__(self) -> bool:
        return bool(self._keys)

    def find(self, headers: Headers) -> ApiKey | None:
        """Find the key that a request carries; how long it takes does not tell how near a wrong one came."""
        given = _digest(_given(headers))
        found = None
        for digest, key in self._keys:
            if hmac.compare_digest(digest, given):
                found = key
        return found


class KeyGuard:
    """Lets requests through whose key is good for them: 401 without a known key, 403 without the scope."""

    def __init__(self, app: ASGIApp, ring: KeyRing) -> None:
        self._app, self._ring = app, ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if is_open(scope["path"]) or scope["path"] in _DESCRIPTIONS:
            await self._app(scope, receive, send)
            return
        key = self._ring.find(Headers(scope=scope))
        wanted = scopes_for(scope["method"], scope["path"])
        if key is not None and key.scopes & wanted:
            await self._app(scope, receive, send)
        elif key is None:
            sentence = (
                "This needs a key that the server knows. Send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."
            )
            await refusal(401, sentence, headers={"WWW-Authenticate": "Bearer"})(scope, receive, send)
        else:
            sentence = f"This key has no scope {' or '.join(sorted(wanted))}. Use one that has."
            await refusal(403, sentence, {"scopes": sorted(wanted)})(scope, receive, send)


def describe_keys(published: dict[str, Any]) -> None:
    """Write into an OpenAPI document which operations need a key, and of which scope."""
    published.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for path, operations in published["paths"].items():
        for method, operation in operations.items():
            scopes = [] if is_open(path) else sorted(scopes_for(method.upper(), path))
            operation["security"] = [{scheme: [scope]} for scope in scopes for scheme in _SCHEMES]


def scopes_for(method: str, path: str) -> frozenset[str]:
    """Name the scopes of which a request needs one; who may import may also watch it."""
    if method not in _ASKING:
        return frozenset({"import"})
    return frozenset({"read", "import"}) if is_import(path) else frozenset({"read"})


def is_open(path: str) -> bool:
    """Say whether a path needs no key, and is not counted."""
    return path in OPEN_PATHS or path.startswith(_HANDOFF)


def is_import(path: str) -> bool:
    """Say whether a path belongs to imports."""
    return path in {"/import", "/imports"} or path.startswith(("/import/", "/imports/", _HANDOFF))


def _given(headers: Headers) -> bytes:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    return key.encode("latin-1")  # the bytes as they were sent


def _digest(secret: bytes) -> bytes:
    # Digests are equally long, so that their comparison does not tell the length of a key either.
    return sha256(secret).digest()
