"""The keys of the HTTP API: who may do what."""

from __future__ import annotations

from typing import NamedTuple

#: What a key may be good for: ``read`` asks, ``import`` brings history in.
SCOPES = frozenset({"read", "import"})


class ApiKey(NamedTuple):
    """A key: the name that limits know its owner by, its scopes, and the secret itself."""

    name: str
    scopes: frozenset[str]
    secret: str


def parse_api_key(text: str) -> ApiKey:
    """Read ``name:scope:key``; several scopes are joined by ``+``.

    Raises:
        ValueError: the text is no such entry; the secret is not repeated.
    """
    name, first, rest = text.partition(":")
    scopes, second, secret = rest.partition(":")
    granted = frozenset(scopes.split("+"))
    if not (first and second and name.strip() and secret.strip()) or not granted <= SCOPES:
        raise ValueError("an entry is name:scope:key, its scope read, import or read+import")
    return ApiKey(name.strip(), granted, secret.strip())
