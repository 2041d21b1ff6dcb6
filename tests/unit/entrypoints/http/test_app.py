"""The app as a whole: made by a function, apart from others, alive and ready."""

from typing import Any

import pytest

from gexlake import __version__
from gexlake.adapters.layers.watched_lake import WatchedLake
from gexlake.domain.feed import Feed
from gexlake.testing import (
    FailingStrikeSink,
    InMemoryLake,
    InMemoryStrikeSink,
    StepFailed,
)
from gexlake.testing.builders import (
    FEED,
    make_file,
    make_reject,
    make_rejects,
    make_run,
    make_snapshot,
    make_snapshots,
    stage_part,
)
from support.lakes import LakesInMemory
from support.serving import client_of, lake_of, put


def test_two_apps_in_one_process_stay_apart() -> None:
    """Each has its lake, its cache and what it remembers."""
    one, other = client_of(make_snapshots(1)), client_of(make_snapshots(1, second=5), [make_snapshot(ticker="SPX")])
    for _ in range(2):
        assert one.get("/gex/latest?symbol=NQ_NDX").json()["timestamp"] == "2025-10-06T14:30:00Z"
        assert other.get("/gex/latest?symbol=NQ_NDX").json()["timestamp"] == "2025-10-06T14:30:05Z"
    assert one.get("/gex/latest?symbol=SPX").status_code == 404
    put(one.app.state.lake, make_snapshots(1, second=9))
    assert other.get("/gex/latest?symbol=NQ_NDX").headers["x-gexlake-latest"] == "2025-10-06T14:30:05Z"
    assert one.get("/gex/latest?symbol=NQ_NDX").headers["x-gexlake-latest"] == "2025-10-06T14:30:09Z"


def test_it_lives_and_is_ready() -> None:
    """The one says so whatever the lake does, the other asks it."""
    client = client_of(make_snapshots(1))
    assert client.get("/health").json() == {"status": "ok", "version": __version__}
    assert client.get("/ready").json() == {"status": "ready", "feeds": 1}


@pytest.fixture(scope="module")
def published() -> Any:
    """Give the published schema, which is the same of all lakes."""
    return client_of().get("/openapi.json").json()


def test_every_route_says_what_it_does(published: Any) -> None:
    """In the published schema: a title, a description, the error's shape; and no framework's own error."""
    for path, methods in published["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert "default" in operation["responses"]
            assert "422" not in operation["responses"]


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/gex", "symbol=NQ_NDX&limit=1"),
        ("/gex/latest", "symbol=NQ_NDX"),
        ("/gex/at", "symbol=NQ_NDX&timestamp=2025-10-07"),
        ("/gex/ladder", "symbol=NQ_NDX"),
        ("/gex/levels", "symbol=NQ_NDX&limit=1"),
        ("/gex/heatmap", "symbol=NQ_NDX"),
        ("/gex/day", "symbol=NQ_NDX"),
        ("/feeds", ""),
        ("/coverage", ""),
        ("/lineage", "limit=1"),
        ("/runs", "limit=1"),
        ("/rejects", "limit=1"),
    ],
)
def test_every_header_of_an_answer_is_published(path: str, question: str, published: Any) -> None:
    """Those of gexlake's own, and where an answer goes on."""
    lake = lake_of(make_snapshots(2))
    with lake.unit() as unit:
        for number in (1, 2):
            unit.lineage.save_run(make_run(f"run-{number}"))
            unit.lineage.add_file(make_file(number))
            unit.lineage.add_rejects(make_rejects([make_reject(number)], file_id=number))
        unit.commit()
    answer = client_of(lake=lake).get(f"{path}?{question}")
    sent = {name for name in answer.headers if name == "link" or name.startswith("x-gexlake")}
    headers = published["paths"][path]["get"]["responses"]["200"]["headers"]
    assert answer.status_code == 200
    assert sent == {name.lower() for name in headers}


def test_a_commit_tells_of_the_feeds_that_it_changed() -> None:
    """Also of those that it takes something out of; a unit without commit, or without parts, tells of none."""
    heard: list[set[str]] = []
    lake = WatchedLake(InMemoryLake())
    lake.changed.append(lambda feeds: heard.append({feed.category for feed in feeds}))
    part, table = stage_part(lake.sink, make_snapshots(1))
    with lake.unit() as unit:
        unit.add_part(part, table)
    with lake.unit() as unit:
        unit.add_part(part, table)
        unit.commit()
    with lake.unit() as unit:
        unit.drop_part(part)
        unit.add_part(*stage_part(lake.sink, [make_snapshot(category="gex_one")]))
        unit.commit()
    with lake.unit() as unit:
        unit.lineage.save_run(make_run())
        unit.commit()
    assert heard == [{"gex_zero"}, {"gex_zero", "gex_one"}]


def test_a_commit_that_fails_halfway_is_told_of_too() -> None:
    """The store may have committed before."""
    heard: list[set[Feed]] = []
    lake = WatchedLake(InMemoryLake(FailingStrikeSink(InMemoryStrikeSink(), "publish")))
    lake.changed.append(heard.append)
    with lake.unit() as unit:
        unit.add_part(*stage_part(lake.sink, make_snapshots(1)))
        with pytest.raises(StepFailed):
            unit.commit()
    assert heard == [{FEED}]


class TestWatchedLake(LakesInMemory):
    """A lake that is watched is a lake."""

    def around(self, lake: InMemoryLake) -> WatchedLake:
        """Watch it."""
        return WatchedLake(lake)
