"""``GET /flagged``: the ladders that miss their checksum."""

import base64
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from gexlake.testing.builders import make_ladder, make_snapshot, make_snapshots
from support.serving import client_of, pages

HUGE = make_ladder(gamma=1.7e308)


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Give a client of a lake with three ladders that do not add up, in two feeds."""
    return client_of(
        [make_snapshot(), *make_snapshots(2, second=1, sum_gex_vol=1.5, sum_gex_oi=None)],
        [make_snapshot(ticker="SPX", category="gex_one", strikes=HUGE, sum_gex_vol=1, sum_gex_oi=1)],
    )


def test_each_is_listed_with_what_is_claimed_and_what_it_adds_up_to(client: TestClient) -> None:
    """By feed and time, as ``gexlake flagged --json`` has them; what is beyond all doubles as null."""
    response = client.get("/flagged?symbol=nq_ndx")
    assert [row["timestamp"] for row in response.json()] == ["2025-10-06T14:30:01Z", "2025-10-06T14:30:02Z"]
    first = response.json()[0]
    assert first == {
        "ticker": "NQ_NDX",
        "package": "classic",
        "category": "gex_zero",
        "timestamp": "2025-10-06T14:30:01Z",
        "claimed_vol": 1.5,
        "actual_vol": 40.5,
        "claimed_oi": None,
        "actual_oi": -18.75,
        "rows": 3,
        "source_file": first["source_file"],
        "record": first["record"],
    }
    assert "x-gexlake-latest" in response.headers
    (huge,) = client.get("/flagged?symbol=SPX").json()
    assert (huge["claimed_vol"], huge["actual_vol"]) == (1, None)


@pytest.mark.parametrize(
    ("question", "count"),
    [("", 3), ("limit=1", 1), ("package=classic", 3), ("category=one", 1), ("symbol=NQ_NDX&category=gex_zero", 2)],
)
def test_they_can_be_narrowed(client: TestClient, question: str, count: int) -> None:
    """By feed, and in number."""
    assert len(client.get(f"/flagged?{question}").json()) == count


def test_a_cursor_leads_to_the_last(client: TestClient) -> None:
    """Whatever the limit is, over all feeds or those of a ticker, nothing comes twice and nothing is left out."""
    for question, count in (("", 3), ("symbol=NQ_NDX&", 2)):
        whole = client.get(f"/flagged?{question}").json()
        for limit in (1, 2, 3):
            found = []
            for response in pages(client, f"/flagged?{question}limit={limit}"):
                assert len(response.json()) <= limit
                found += response.json()
            assert found == whole
            assert len(found) == count


@pytest.mark.parametrize(
    ("question", "status"),
    [("limit=0", 400), ("limit=1001", 400), ("symbol=ABC", 404), ("package=state", 404), ("cursor=x", 400)],
)
def test_what_cannot_be_answered_is_refused(client: TestClient, question: str, status: int) -> None:
    """As everywhere."""
    response = client.get(f"/flagged?{question}")
    assert (response.status_code, set(response.json())) == (status, {"error", "details"})


@pytest.mark.parametrize("micros", [-62_135_596_800_000_000, 253_402_300_799_999_999])
def test_a_cursor_of_the_first_or_the_last_of_all_moments_leads_on(client: TestClient, micros: int) -> None:
    """Whoever made it: what lies beyond the dates of New York is no fault of the server."""
    cursor = base64.urlsafe_b64encode(orjson.dumps(["flagged", "NQ_NDX", "classic", "gex_zero", micros])).decode()
    response = client.get("/flagged", params={"symbol": "NQ_NDX", "cursor": cursor})
    assert response.status_code == 200
    rows: list[Any] = response.json()
    assert len(rows) == (2 if micros < 0 else 0)
