"""The circuit breaker: closed, resting, and one try at a time after the rest."""

import pytest

from gexlake.adapters.redis.breaker import CircuitBreaker
from gexlake.testing import FixedClock
from gexlake.testing.builders import NOON


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(NOON)


@pytest.fixture
def breaker(clock: FixedClock) -> CircuitBreaker:
    """Give a breaker that rests for five seconds."""
    return CircuitBreaker(5, seconds=clock.seconds)


def test_what_has_not_failed_may_be_tried_by_everybody(breaker: CircuitBreaker) -> None:
    """Nothing is counted before the first failure."""
    assert [breaker.allows() for _ in range(3)] == [True] * 3


def test_after_a_failure_one_caller_tries_when_the_rest_is_over(breaker: CircuitBreaker, clock: FixedClock) -> None:
    """The others stay away while that one is under way."""
    assert breaker.fail() is True
    clock.advance(4.9)
    assert not breaker.allows()
    clock.advance(0.1)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_second_failure_begins_another_rest(breaker: CircuitBreaker, clock: FixedClock) -> None:
    """And is not the first one any more, so nobody need be told."""
    breaker.fail()
    clock.advance(5)
    assert breaker.allows()
    assert breaker.fail() is False
    clock.advance(4.9)
    assert not breaker.allows()


def test_a_success_ends_the_rest(breaker: CircuitBreaker, clock: FixedClock) -> None:
    """Everybody may try again, and only the first success is news."""
    breaker.fail()
    clock.advance(5)
    assert breaker.allows()
    assert [breaker.succeed(), breaker.succeed()] == [True, False]
    assert breaker.allows()


def test_a_caller_who_never_comes_back_does_not_close_the_door(breaker: CircuitBreaker, clock: FixedClock) -> None:
    """After another rest somebody else may try."""
    breaker.fail()
    clock.advance(5)
    assert breaker.allows()
    clock.advance(5)
    assert breaker.allows()
