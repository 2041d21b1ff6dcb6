"""Where a server may listen: beyond its machine only with keys, or when it is told to."""

from __future__ import annotations

import ipaddress

from ...domain.errors import GexlakeError
from .model import Settings


class BindingRefused(GexlakeError):
    """The server would be open to everybody who can reach this machine."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"Listening on {host or 'all addresses'} without API keys lets everybody who can reach this machine read "
            "and import. Set GEXLAKE_API_KEYS, listen on 127.0.0.1, or say --insecure (GEXLAKE_INSECURE=true)."
        )


def check_binding(settings: Settings) -> None:
    """Make sure that a server without keys is not reachable from elsewhere, unless that is wanted.

    Raises:
        BindingRefused: it would be.
    """
    if not (settings.api_keys or settings.insecure or _is_loopback(settings.host)):
        raise BindingRefused(settings.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
