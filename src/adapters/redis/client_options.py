"""How clients of Redis connect: with a bound on the time that a request waits for it."""

from __future__ import annotations

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry


def client_options(timeout_seconds: float) -> dict[str, Any]:
    """Give the options of a client that waits so long for a connection, and so long for an answer."""
    return {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),  # a second try would double the wait of every request
        "protocol": 2,  # with the driver's introduction left out, a new connection costs no round trip more
        "driver_info": None,
    }
