"""What a server reads before anybody asks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, Queue

import pytest

from gexlake.adapters.served.lake import ServedLake
from gexlake.adapters.served.reading_ahead import ReadingAhead
from gexlake.domain.parts import Part
from gexlake.testing import InMemoryLake, InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import make_snapshots
from support.serving import put

#: Seconds after which something does not come any more.
LONG = 30
DAY = 86_400


class Telling(InMemoryStrikeSource):
    """Tells what it is to read ahead, and takes as many steps as there are parts, or does not come to an end."""

    def __init__(self, sink: InMemoryStrikeSink, *, endless: bool = False) -> None:
        super().__init__(sink)
        self.told: Queue[list[Part]] = Queue()
        self._endless = endless

    def read_ahead(self, parts: Sequence[Part]) -> Iterator[None]:
        self.told.put(list(parts))
        while True:
            yield from (None for _ in parts)
            if not self._endless:
                return


@pytest.fixture(params=[False, True])
def served(request: pytest.FixtureRequest) -> tuple[ServedLake, Telling]:
    """Give a lake of two days, and the source that tells."""
    sink = InMemoryStrikeSink()
    source = Telling(sink, endless=request.param)
    lake = ServedLake(InMemoryLake(sink, source), 1 << 20, quiet=0.01)
    for day in (0, 1):
        put(lake, make_snapshots(2, second=day * DAY))
    return lake, source


def test_the_newest_parts_are_read_first(served: tuple[ServedLake, Telling]):
    """From the beginning on; however long it takes, it ends with the block."""
    lake, source = served
    with lake.reading_ahead():
        told = source.told.get(timeout=LONG)
    assert told == sorted(lake.snapshots.parts(), key=lambda part: part.last, reverse=True)
    assert len(told) == 2
    assert "reading ahead" not in [thread.name for thread in threading.enumerate()]


def begun(served: tuple[ServedLake, Telling]) -> tuple[ReadingAhead, Telling, Callable[[], None]]:
    """Begin to read, and give what puts another part into the lake."""
    lake, source = served
    ahead = ReadingAhead(source, lake.snapshots.parts, quiet=0.01)
    ahead.start()
    source.told.get(timeout=LONG)
    return ahead, source, lambda: put(lake, make_snapshots(1, second=2 * DAY))


@pytest.mark.parametrize("served", [False], indirect=True)
def test_what_commits_bring_is_read_when_they_have_come_to_rest(served: tuple[ServedLake, Telling]):
    """Once more, with them."""
    ahead, source, commit = begun(served)
    commit()
    ahead.again()
    told = source.told.get(timeout=LONG)
    ahead.stop()
    assert len(told) == 3


@pytest.mark.parametrize("served", [True], indirect=True)
def test_a_commit_does_not_break_off_what_is_being_read(served: tuple[ServedLake, Telling]):
    """An import commits for minutes, and all the time the rest of the lake is asked about."""
    ahead, source, commit = begun(served)
    commit()
    ahead.again()
    with pytest.raises(Empty):
        source.told.get(timeout=0.3)
    ahead.anew()
    told = source.told.get(timeout=LONG)
    ahead.stop()
    assert len(told) == 3


def test_an_error_ends_one_reading_and_no_more(caplog: pytest.LogCaptureFixture):
    """The next commit has it begin again."""
    sink = InMemoryStrikeSink()
    told: Queue[None] = Queue()

    class Failing(InMemoryStrikeSource):
        def read_ahead(self, parts: Sequence[Part]) -> Iterator[None]:
            told.put(None)
            raise MemoryError("no room")

    ahead = ReadingAhead(Failing(sink), list, quiet=0.01)
    ahead.start()
    for _ in range(2):
        told.get(timeout=LONG)
        ahead.again()
    ahead.stop()
    assert "Reading ahead has failed" in caplog.text


@pytest.mark.parametrize("served", [False], indirect=True)
def test_a_served_lake_tells_of_its_commits(served: tuple[ServedLake, Telling]):
    """Whoever commits through it need not know."""
    lake, source = served
    with lake.reading_ahead():
        source.told.get(timeout=LONG)
        put(lake, make_snapshots(1, second=5 * DAY))
        assert len(source.told.get(timeout=LONG)) == 3


def test_a_lake_that_is_settled_is_looked_at_again(served: tuple[ServedLake, Telling]):
    """An import has failed, for want of room it may be; and what there is may not be what it was."""
    lake, source = served
    with lake.reading_ahead():
        source.told.get(timeout=LONG)
        lake.settle()
        assert len(source.told.get(timeout=LONG)) == 2


def test_a_step_that_does_not_come_to_an_end_holds_nobody_up():
    """A disk may not answer any more; a server has to end all the same."""
    begun, answers = threading.Event(), threading.Event()

    class Stalled(InMemoryStrikeSource):
        def read_ahead(self, parts: Sequence[Part]) -> Iterator[None]:
            begun.set()
            answers.wait(LONG)
            yield

    ahead = ReadingAhead(Stalled(InMemoryStrikeSink()), list, quiet=0.01, patience=0.01)
    ahead.start()
    assert begun.wait(LONG)
    stop = threading.Thread(target=ahead.stop)
    stop.start()
    stop.join(LONG / 3)
    ended = not stop.is_alive()
    answers.set()
    stop.join()
    assert ended
    ahead.stop()
