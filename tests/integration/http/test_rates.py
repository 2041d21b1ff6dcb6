"""Rate limits that servers share through a real Redis, also while it dies and comes back."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from gexlake.entrypoints.http.guards.rates import RateLimits
from gexlake.entrypoints.http.guards.stack import install_guards
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import FixedClock
from gexlake.testing.builders import NOON
from support.guarded_app import MakeClient, make_app
from support.redis_server import RedisServer

REST = 5.0


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(NOON)


@pytest.fixture
def make_client(clock: FixedClock) -> Iterator[MakeClient]:
    """Give a function that makes a client of a server that counts in a Redis."""
    with ExitStack() as stack:
        # Patient, unless told otherwise: the machine of the tests may be busy.
        def make(server: RedisServer, rate: str, timeout: float = 5.0) -> TestClient:
            app = make_app(threading.Event())
            limits = RateLimits(rate, server.url, timeout_seconds=timeout, rest_seconds=REST, seconds=clock.seconds)
            install_guards(app, Settings(), limits)
            return stack.enter_context(TestClient(app))

        yield make


def statuses(*clients: TestClient) -> list[int]:
    """Ask each server once."""
    return [client.get("/items/1").status_code for client in clients]


def test_servers_count_together(redis: RedisServer, make_client: MakeClient) -> None:
    """Who has used up a limit at one has used it up at the other."""
    first, second = make_client(redis, "3/hour"), make_client(redis, "3/hour")
    assert statuses(first, second, first, second, first) == [200, 200, 200, 429, 429]
    answer = second.get("/items/1")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert 3_500 < int(answer.headers["retry-after"]) <= 3_600


def test_the_settings_say_where_redis_is(redis: RedisServer) -> None:
    """And how patient to be with it; its counts lie beside the answers, under a name of their own."""
    app = make_app(threading.Event())
    patient = f"{redis.url}?socket_timeout=5&socket_connect_timeout=5"
    install_guards(app, Settings(redis_url=patient, rate_limit="9/hour"))
    with TestClient(app) as client:
        assert statuses(client) == [200]
    with redis.client() as connection:
        (key,) = connection.scan_iter()
        assert key.startswith(b"gexlake:limits")


def test_while_redis_is_dead_each_server_counts_alone(
    own_redis: RedisServer, make_client: MakeClient, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """No request fails for it, limits hold, and Redis is asked again after a rest."""
    first, second = make_client(own_redis, "2/hour"), make_client(own_redis, "2/hour")
    assert statuses(first, second, first) == [200, 200, 429]
    own_redis.kill()
    assert statuses(first, first, first, second, second, second) == [200, 200, 429] * 2
    told = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 2  # each server once
    own_redis.start()
    assert statuses(first) == [429]
    clock.advance(REST)
    assert statuses(first, second, first) == [200, 200, 429]


def test_a_frozen_redis_holds_nobody_up(own_redis: RedisServer, make_client: MakeClient) -> None:
    """The first request waits for a moment, the others do not ask."""
    client = make_client(own_redis, "3/hour", timeout=0.1)
    own_redis.freeze()
    try:
        assert statuses(client, client, client, client) == [200, 200, 200, 429]
    finally:
        own_redis.thaw()


def test_a_flushed_redis_counts_from_the_beginning(redis: RedisServer, make_client: MakeClient) -> None:
    """The scripts that count are gone with the counts, and are sent again."""
    client = make_client(redis, "1/hour")
    assert statuses(client, client) == [200, 429]
    with redis.client() as connection:
        connection.script_flush()
    redis.flush()
    assert statuses(client, client) == [200, 429]
