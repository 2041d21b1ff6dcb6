"""Who finds room for a long answer, and who gives way."""

import asyncio

import pytest

from gexlake.entrypoints.http.answering.long_answers import PATIENCE, LongAnswers, Place
from gexlake.testing import FixedClock
from gexlake.testing.builders import NOON


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(NOON)


@pytest.fixture
def answers(clock: FixedClock) -> LongAnswers:
    """Give room for a hundred bytes."""
    return LongAnswers(100, clock.seconds)


def entered(answers: LongAnswers, size: int) -> Place:
    """Take a place that must be there."""
    place = answers.enter(size)
    assert place is not None
    return place


def stuck(place: Place) -> "asyncio.Task[bool]":
    """Send a piece that nobody takes."""
    return asyncio.ensure_future(place.taken(asyncio.Event().wait()))


def test_who_fits_is_let_in_and_who_leaves_makes_room(answers: LongAnswers) -> None:
    """To the byte; what an answer takes may change from piece to piece."""

    async def run() -> None:
        first = entered(answers, 60)
        assert answers.enter(41) is None
        second = entered(answers, 40)
        second.size = 10
        assert answers.taken == 70
        answers.leave(first)
        answers.leave(first)
        entered(answers, 90)

    asyncio.run(run())


def test_one_that_is_alone_is_let_in_whatever_its_size(answers: LongAnswers, clock: FixedClock) -> None:
    """Or it could never be had; it may be alone because others give way."""

    async def run() -> None:
        sending = stuck(entered(answers, 1_000))
        await asyncio.sleep(0)
        assert answers.enter(1) is None
        clock.advance(PATIENCE)
        entered(answers, 500)
        assert not await sending
        assert answers.taken == 500

    asyncio.run(run())


def test_those_give_way_that_have_waited_longest_and_no_more_than_needed(
    answers: LongAnswers, clock: FixedClock
) -> None:
    """Never one whose client reads, nor any if it would not be enough."""

    async def run() -> None:
        sendings = []
        for size in (20, 30, 40):
            sendings.append(stuck(entered(answers, size)))
            await asyncio.sleep(0)
            clock.advance(PATIENCE / 2)
        assert answers.enter(61) is None
        await asyncio.sleep(0)
        assert not any(sending.done() for sending in sendings)
        entered(answers, 25)
        assert [not await sendings[0], sendings[1].done(), sendings[2].done()] == [True, False, False]
        for sending in sendings[1:]:
            sending.cancel()

    asyncio.run(run())


def test_between_two_pieces_nobody_gives_way(answers: LongAnswers, clock: FixedClock) -> None:
    """However long ago the last one was taken: it is the server that has yet to make the next."""

    async def run() -> None:
        place = entered(answers, 100)
        assert await place.taken(asyncio.sleep(0))
        clock.advance(10 * PATIENCE)
        assert answers.enter(1) is None

    asyncio.run(run())


def test_who_is_cancelled_from_outside_stays_cancelled(answers: LongAnswers) -> None:
    """As when the server ends, also while it gives way."""

    async def run(*, gives_way: bool) -> None:
        place = entered(answers, 1)
        sending = stuck(place)
        await asyncio.sleep(0)
        if gives_way:
            place.give_way()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(run(gives_way=False))
    asyncio.run(run(gives_way=True))
