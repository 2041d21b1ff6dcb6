"""The query cache in Redis, on a real server that is flushed, frozen, killed and started again."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gexlake.adapters.redis.query_cache import RedisQueryCache
from gexlake.entrypoints.http.answering.answers import Answers
from gexlake.testing import FixedClock, InMemoryLake, QueryCacheSuite
from gexlake.testing.builders import FEED, NOON
from support.redis_server import RedisServer

OTHER = FEED._replace(ticker="ES_SPX")
REST = 5.0

MakeCache = Callable[..., RedisQueryCache]


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(NOON)


@pytest.fixture
def make_cache(clock: FixedClock) -> Iterator[MakeCache]:
    """Give a function that makes the cache of one server process."""
    made: list[RedisQueryCache] = []

    def make(server: RedisServer, **options: float) -> RedisQueryCache:
        patient = {"timeout_seconds": 5.0, "rest_seconds": REST} | options  # the machine of the tests may be busy
        cache = RedisQueryCache(server.url, seconds=clock.seconds, **patient)
        made.append(cache)
        return cache

    yield make
    for cache in made:
        cache.close()


def fill(cache: RedisQueryCache, answer: bytes = b"old") -> None:
    """Put an answer, and see that it is given."""
    cache.put(FEED, "latest", answer)
    assert cache.get(FEED, "latest") == answer


class TestRedisQueryCache(QueryCacheSuite):
    """It behaves as every query cache does."""

    @pytest.fixture
    def cache(self, redis: RedisServer, make_cache: MakeCache) -> RedisQueryCache:
        """Give an empty cache."""
        return make_cache(redis)


def test_answers_grow_old(redis: RedisServer, make_cache: MakeCache) -> None:
    """Redis is told how long to keep each one, under a key that says what it is."""
    fill(make_cache(redis, ttl_seconds=60))
    with redis.client() as client:
        (key,) = client.keys()
        assert key.startswith(f"gexlake:answers:{FEED}:".encode())
        assert 0 < client.pttl(key) <= 60_000


def test_an_answer_that_is_too_large_is_not_kept(redis: RedisServer, make_cache: MakeCache) -> None:
    """Nor does the one it would have replaced stay."""
    cache = make_cache(redis, max_bytes=3)
    fill(cache, b"123")
    cache.put(FEED, "latest", b"1234")
    assert cache.get(FEED, "latest") is None


def test_a_cache_gives_no_answers_but_its_own(redis: RedisServer, make_cache: MakeCache) -> None:
    """Servers of two lakes may hold the same feed, and what an earlier server has put may be out of date."""
    first, second = make_cache(redis), make_cache(redis)
    fill(first, b"first")
    assert second.get(FEED, "latest") is None
    fill(second, b"second")
    second.forget(FEED)
    assert first.get(FEED, "latest") == b"first"


def test_a_flush_loses_the_answers_only(redis: RedisServer, make_cache: MakeCache) -> None:
    """The next one is remembered again."""
    cache = make_cache(redis)
    fill(cache)
    redis.flush()
    assert cache.get(FEED, "latest") is None
    fill(cache)


def test_what_redis_restores_from_long_ago_is_not_given(redis: RedisServer, make_cache: MakeCache) -> None:
    """A server that starts from an old copy of its data holds answers that were forgotten since."""
    cache = make_cache(redis)
    fill(cache)
    with redis.client() as client:
        copy = {key: client.dump(key) for key in client.scan_iter()}
        cache.forget(FEED)
        for answer in (None, b"new"):
            if answer is not None:
                fill(cache, answer)
            for key, content in copy.items():
                client.restore(key, 0, content, replace=True)
            assert cache.get(FEED, "latest") == answer


def test_a_killed_server_means_no_for_a_while_and_is_then_tried_again(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Nothing is raised; before the rest is over nobody asks, though the server be back."""
    cache = make_cache(own_redis)
    fill(cache)
    own_redis.kill()
    assert cache.get(FEED, "latest") is None
    cache.put(FEED, "latest", b"a")
    cache.forget(OTHER)
    own_redis.start()
    cache.put(FEED, "latest", b"a")
    assert cache.get(FEED, "latest") is None
    with own_redis.client() as client:
        assert client.keys() == []
    clock.advance(REST)
    fill(cache)


def test_a_server_that_is_not_there_yet_is_found_later(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Making the cache asks nothing."""
    own_redis.kill()
    cache = make_cache(own_redis)
    cache.put(FEED, "latest", b"a")
    assert cache.get(FEED, "latest") is None
    own_redis.start()
    clock.advance(REST)
    fill(cache)


def test_what_is_forgotten_while_redis_hears_nothing_is_forgotten(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """A server that froze comes back with all it held; what was forgotten meanwhile is not given, the rest is."""
    cache = make_cache(own_redis, timeout_seconds=1.0)
    fill(cache)
    cache.put(OTHER, "latest", b"other")
    own_redis.freeze()
    assert cache.get(FEED, "latest") is None
    cache.forget(FEED)
    own_redis.thaw()
    assert cache.get(FEED, "latest") is None
    clock.advance(REST)
    with own_redis.client() as client:
        assert len(client.keys()) == 2
    assert cache.get(FEED, "latest") is None
    assert cache.get(OTHER, "latest") == b"other"
    fill(cache, b"new")


def test_a_server_that_refuses_to_write_is_nobodys_failure(
    redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """A Redis without memory left says so in an error of its own."""
    cache = make_cache(redis)
    fill(cache)
    with redis.client() as client:
        client.config_set("maxmemory", 1)
        cache.put(FEED, "range", b"a")
        cache.forget(FEED)
        client.config_set("maxmemory", 0)
    clock.advance(REST)
    assert [cache.get(FEED, question) for question in ("latest", "range")] == [None, None]


class Truth:
    """What the lake says, and what it said at least when the last forget had returned."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.committed, self.forgotten = answers, 0, 0

    def change(self) -> None:
        """Commit, then have the answers forgotten, as an import does."""
        self.committed += 1
        self.answers.forget({FEED})
        self.forgotten = self.committed

    def work_out(self) -> bytes:
        """Give the answer."""
        return str(self.committed).encode()


def test_under_load_no_answer_is_older_than_the_last_forget(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Threads ask a server's answers while an importer changes the truth, and Redis dies and comes back."""
    cache = make_cache(own_redis)
    truth, over = Truth(Answers(InMemoryLake(), cache)), threading.Event()

    def ask() -> int:
        asked, made = 0, []

        def make() -> bytes:
            made.append(truth.work_out())
            over.wait(0.001)  # time for the truth to change
            return made[-1]

        while not over.is_set():
            clock.advance(REST / 10)
            at_least = truth.forgotten
            assert int(truth.answers.remembered(FEED, "latest", make)) >= at_least
            asked += 1
        return asked - len(made)

    with ThreadPoolExecutor(8) as pool:
        askers = [pool.submit(ask) for _ in range(8)]
        try:
            for step in range(60):
                over.wait(0.003)
                truth.change()
                if step % 20 == 10:
                    own_redis.kill()
                    truth.change()
                    own_redis.start()
        finally:
            over.set()
        assert sum(asker.result() for asker in askers) > 0
    clock.advance(REST)
    fill(cache)
