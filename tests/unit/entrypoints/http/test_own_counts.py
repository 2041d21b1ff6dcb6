"""Requests that are counted in this process."""

from limits import parse_many

from gexlake.entrypoints.http.guards.rates import OwnCounts


def test_windows_begin_with_the_first_request() -> None:
    """And a caller's next one with the first after it."""
    counts = OwnCounts(parse_many("2/minute"))
    found = [counts.count("ann", now) for now in (100.0, 159.9, 159.99, 160.0)]
    assert [(one.allowed, one.remaining, one.reset) for one in found] == [
        (True, 1, 160),
        (True, 0, 160),
        (False, 0, 160),
        (True, 1, 220),
    ]


def test_nobody_is_told_to_wait_longer_than_a_window_or_to_come_back_too_early() -> None:
    """Headers have whole seconds, windows begin between them."""
    counts = OwnCounts(parse_many("1/minute"))
    counts.count("ann", 100.25)
    for now, wait in ((100.25, 60), (100.5, 60), (159.25, 1), (160.0, 1)):
        told = counts.count("ann", now).headers(now)
        assert (told["X-RateLimit-Reset"], told["Retry-After"]) == ("161", str(wait))
    assert counts.count("ann", 161.0).allowed


def test_the_tightest_of_several_limits_is_told() -> None:
    """What is refused by one counts for the others too."""
    counts = OwnCounts(parse_many("1/minute; 4/hour"))
    found = [counts.count("ann", now) for now in (0.0, 1.0, 60.0, 120.0, 180.0)]
    assert [(one.allowed, one.limit) for one in found] == [(True, 1), (False, 1), (True, 1), (True, 1), (False, 4)]
    assert counts.count("bob", 1.0).allowed


def test_windows_that_have_ended_are_let_go_of() -> None:
    """So that callers who never come again take no room for long."""
    counts = OwnCounts(parse_many("1/second; 2/hour"))
    for caller in range(100):
        counts.count(f"address {caller}", 1.0)
    assert len(counts) == 100
    counts.count("ann", 3_599.0)
    assert len(counts) == 101
    counts.count("ann", 3_700.0)
    assert len(counts) == 1
