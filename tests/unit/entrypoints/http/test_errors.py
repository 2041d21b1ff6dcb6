"""Failures: one shape, a fitting status, and nothing of the inside."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from gexlake.application.ports.strike_source import WHOLE_ROW
from gexlake.domain.errors import (
    DiskFailing,
    DiskFull,
    GexlakeError,
    LakeBusy,
    LakeDamaged,
    LakeMoved,
    LakeNotFound,
    LakeTooNew,
)
from gexlake.domain.parts import Part
from gexlake.testing import InMemoryLake, InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.testing.builders import make_snapshot, make_snapshots
from support.serving import client_of, put

INSIDE = "/srv/secret/gex.duckdb"


class FailingLadders(InMemoryStrikeSource):
    """Ladders that cannot be read."""

    def __init__(self, error: Exception) -> None:
        super().__init__(InMemoryStrikeSink())
        self._error = error

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        """Fail."""
        raise self._error


def failing(error: Exception) -> TestClient:
    """Make a client of a lake whose ladders cannot be read."""
    lake = InMemoryLake(InMemoryStrikeSink(), FailingLadders(error))
    put(lake, make_snapshots(1))
    return client_of(lake=lake)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LakeBusy(INSIDE, 4711), 503),
        (LakeNotFound(INSIDE), 503),
        (LakeMoved(INSIDE), 503),
        (LakeTooNew(INSIDE, 9, 1), 503),
        (LakeDamaged(INSIDE, "SELECT failed"), 500),
        (DiskFailing(INSIDE, "Input/output error"), 500),
        (DiskFull(INSIDE), 507),
        (GexlakeError(f"The database of the lake {INSIDE} failed: SELECT * FROM gex_snapshots."), 500),
        (ValueError(f"{INSIDE}: SELECT"), 500),
        (OSError(5, "Input/output error", INSIDE), 500),
    ],
)
def test_the_inside_stays_inside(error: Exception, status: int) -> None:
    """No path, no stack, no SQL; what will pass says when to try again."""
    response = failing(error).get("/gex/latest?symbol=NQ_NDX")
    assert response.status_code == status
    assert set(response.json()) == {"error", "details"}
    assert not any(word in response.text for word in ("secret", "SELECT", "Traceback", "4711", ".py"))
    assert ("retry-after" in response.headers) == getattr(error, "transient", False)


def test_a_stream_that_fails_at_its_first_page_has_a_status() -> None:
    """It has not begun."""
    assert failing(LakeBusy(INSIDE, None)).get("/gex?symbol=NQ_NDX&limit=5000").status_code == 503


def test_what_is_not_there_is_404() -> None:
    """A path, a feed, a snapshot: with where to look."""
    client = client_of(make_snapshots(1))
    for path in ("/nothing/here", "/feeds/"):
        assert client.get(path, follow_redirects=False).json() == {
            "error": "There is nothing at this path. GET /docs lists what there is.",
            "details": {"path": path},
        }
    response = client.get("/gex?symbol=ABC")
    assert response.status_code == 404
    assert response.json() == {
        "error": "The lake holds no snapshot of ABC (it holds NQ_NDX/classic/gex_zero). "
        "GET /feeds lists what it holds.",
        "details": {"question": "ABC", "feeds": ["NQ_NDX/classic/gex_zero"]},
    }
    assert client.get("/coverage?symbol=nq_ndx&package=state").json()["details"] == {
        "question": "nq_ndx/state",
        "feeds": ["NQ_NDX/classic/gex_zero"],
    }
    assert client.get("/gex/at?symbol=NQ_NDX&timestamp=2020-01-01T00:00Z").json()["details"] == {
        "question": "NQ_NDX/classic/gex_zero at or before 2020-01-01T00:00:00Z"
    }


def test_of_many_feeds_some_are_named() -> None:
    """In the sentence, which says how many more there are, and in the details."""
    client = client_of(*([make_snapshot(ticker=f"T{n:02}")] for n in range(25)))
    told = client.get("/gex?symbol=ABC").json()
    assert "T00/classic/gex_zero, T01/" in told["error"]
    assert "T19/classic/gex_zero and 5 more). GET" in told["error"]
    assert [feed.split("/")[0] for feed in told["details"]["feeds"]] == [f"T{n:02}" for n in range(20)]


def test_a_method_that_a_path_has_not_is_405() -> None:
    """With those that it has, of all its routes."""
    response = client_of().post("/gex")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert response.json() == {
        "error": "POST is not possible here. Use GET, HEAD.",
        "details": {"method": "POST", "allowed": "GET, HEAD"},
    }
    assert client_of().put("/imports/x").headers["allow"] == "DELETE, GET, HEAD"
