"""``GET /lineage``, ``/runs``, ``/rejects`` and ``/feeds``: what was imported, and what was not."""

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.runs import Counts, FileStatus, RunStatus
from gexlake.testing.builders import NOON, make_file, make_reject, make_rejects, make_run, make_snapshot, make_snapshots
from support.serving import client_of, lake_of, pages


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Give a client of a lake with two runs, files of two kinds and two rejects."""
    lake = lake_of(make_snapshots(3), [make_snapshot(second=86_400)], [make_snapshot(category="gex_one")])
    late = make_snapshot(second=3_600).timestamp
    with lake.unit() as unit:
        unit.lineage.save_run(make_run("run-1", status=RunStatus.SUCCESS))
        unit.lineage.save_run(make_run("run-2", started_at=late))
        unit.lineage.add_file(make_file(1))
        unit.lineage.add_file(
            make_file(
                2,
                import_id="run-2",
                status=FileStatus.PARTIAL,
                errors=("the array has no end",),
                import_timestamp=late,
                counts=Counts(read=5, accepted=3, rejected=2, strikes=9),
            )
        )
        unit.lineage.add_rejects(make_rejects([make_reject(0), make_reject(1, raw=b"\xff")], file_id=2))
        unit.commit()
    return client_of(lake=lake)


def test_lineage_answers_as_the_contract_says(client: TestClient) -> None:
    """Its fields first, in its order; the newest reading first."""
    response = client.get("/lineage?record_type=gex")
    assert [row["source_file"] for row in response.json()] == ["history/2.json", "history/1.json"]
    assert response.text.startswith(
        '[{"import_id":"run-2","source_file":"history/2.json","record_type":"gex","records_imported":3,'
        '"import_timestamp":"2025-10-06T15:30:00Z","status":"partial","errors":["the array has no end"],'
        '"duration_seconds":0.25,"file_id":2,'
    )


@pytest.mark.parametrize(
    ("question", "files"),
    [
        ("limit=1", [2]),
        ("status=imported", [1]),
        ("status=failed", []),
        ("start=2025-10-06T14:30:01Z", [2]),
        ("end=2025-10-06T14:30:00Z", [1]),
        ("start=2025-10-06&end=2025-10-06", [2, 1]),
        ("run=run-1", [1]),
        ("path=2.json", [2]),
    ],
)
def test_lineage_can_be_narrowed(client: TestClient, question: str, files: list[int]) -> None:
    """By when a file was read, what became of it, its run and its name."""
    found = client.get(f"/lineage?{question}").json()
    assert [row["source_file"] for row in found] == [f"history/{number}.json" for number in files]


@pytest.mark.parametrize(
    "question", ["record_type=depth", "limit=0", "limit=1001", "status=done", "start=2025-10-07&end=2025-10-06"]
)
def test_what_lineage_cannot_answer_is_refused(client: TestClient, question: str) -> None:
    """As everywhere."""
    response = client.get(f"/lineage?{question}")
    assert (response.status_code, set(response.json())) == (400, {"error", "details"})


@pytest.mark.parametrize("route", ["/lineage", "/rejects"])
def test_an_import_that_there_is_not_is_not_found(client: TestClient, route: str) -> None:
    """A misspelt id looks like an import that did nothing otherwise; one that did nothing has an empty list."""
    answer = client.get(f"{route}?run=run-9")
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error": "There is no import of this id here. GET /runs lists those that there are.",
            "details": {"import_id": "run-9"},
        },
    )
    nothing = client.get(f"{route}?run=run-1&path=nowhere")
    assert (nothing.status_code, nothing.json()) == (200, [])


def test_runs_are_listed_the_newest_first(client: TestClient) -> None:
    """With the status that they have themselves."""
    assert [(run["import_id"], run["status"]) for run in client.get("/runs").json()] == [
        ("run-2", "running"),
        ("run-1", "success"),
    ]
    assert [run["import_id"] for run in client.get("/runs?status=success").json()] == ["run-1"]
    assert len(client.get("/runs?limit=1&format=ndjson").text.splitlines()) == 1


def test_errors_are_told_in_terms_of_http() -> None:
    """Runs and readings keep them as the command line says them."""
    errors = ("Say --assume-category; 'gexlake rejects list' says more.",)
    lake = lake_of()
    with lake.unit() as unit:
        unit.lineage.save_run(make_run("run-1", status=RunStatus.PARTIAL, finished_at=NOON, errors=errors))
        unit.lineage.add_file(make_file(1, errors=errors))
        unit.commit()
    client = client_of(lake=lake)
    told = ["Say 'assume_category'; GET /rejects says more."]

    assert client.get("/runs").json()[0]["errors"] == told
    assert client.get("/lineage").json()[0]["errors"] == told
    assert client.get("/imports/run-1").json()["result"]["errors"] == told


def test_rejects_come_with_their_words_if_asked_for(client: TestClient) -> None:
    """What is no text in base 64."""
    assert [row["record"] for row in client.get("/rejects?reason=not-positive&run=run-2&path=2.json").json()] == [0, 1]
    assert client.get("/rejects?reason=conflict").json() == []
    assert "raw" not in client.get("/rejects").json()[0]
    words, noise = client.get("/rejects?raw=true&pending=true").json()
    assert (words["raw"], noise["raw_base64"]) == ('{"spot": -1, "n": 0}', "/w==")


def add(lake: Lake, number: int) -> None:
    """Commit a run, two readings of one moment and two rejects."""
    moment = NOON + timedelta(hours=number)
    with lake.unit() as unit:
        unit.lineage.save_run(make_run(f"run-{number}", started_at=moment))
        for file_id in (2 * number, 2 * number + 1):
            unit.lineage.add_file(make_file(file_id, import_timestamp=moment))
            unit.lineage.add_rejects(make_rejects([make_reject(file_id)], file_id=file_id))
        unit.commit()


@pytest.mark.parametrize(
    ("question", "name", "expected"),
    [
        ("/runs?limit=1&status=running", "import_id", ["run-3", "run-2", "run-1"]),
        ("/lineage?limit=1&start=2025-10-06", "source_file", [f"history/{n}.json" for n in (7, 6, 5, 4, 3, 2)]),
        ("/lineage?limit=2&path=history", "source_file", [f"history/{n}.json" for n in (7, 6, 5, 4, 3, 2)]),
        ("/lineage?limit=4", "source_file", [f"history/{n}.json" for n in (7, 6, 5, 4, 3, 2)]),
    ],
)
def test_a_cursor_leads_past_the_limit_whatever_is_imported(question: str, name: str, expected: list[str]) -> None:
    """To the oldest, none lost and none twice; an import that commits between two pages is not among them."""
    lake = lake_of()
    for number in (1, 2, 3):
        add(lake, number)
    found = []
    for number, response in enumerate(pages(client_of(lake=lake), question), 4):
        found += [row[name] for row in response.json()]
        add(lake, number)
    assert found == expected


def test_a_cursor_leads_past_the_limit_of_rejects_to_the_last() -> None:
    """By their numbers, in any form; those that an import adds meanwhile come last, and a replay shifts nothing."""
    lake = lake_of()
    add(lake, 1)
    add(lake, 2)
    client = client_of(lake=lake)
    first = client.get("/rejects?limit=3&pending=true&reason=not-positive&path=history")
    add(lake, 3)
    with lake.unit() as unit:
        unit.lineage.mark_replayed({1}, "run-9")
        unit.commit()
    second = client.get(first.links["next"]["url"])
    found = [row["record"] for answer in (first, second) for row in answer.json()]
    assert (found, "next" in second.links) == ([2, 3, 4, 5, 6, 7], False)
    assert "next" in client.get("/rejects?limit=5&format=csv").links
    assert "next" not in client.get("/rejects?limit=6").links


#: Places that no list goes on behind.
FORGED: list[tuple[Any, ...]] = [(), ("x",), (1.5,), (True,), (0, 1.5), (0, None), (2**62, 1), (2**62, "x"), (0, 1, 2)]


def forged(*facts: Any) -> str:
    """Make a cursor of what a server would not."""
    return base64.urlsafe_b64encode(orjson.dumps(facts)).decode()


@pytest.mark.parametrize("listing", ["runs", "lineage", "rejects"])
def test_a_cursor_of_another_list_or_of_nobody_is_refused(client: TestClient, listing: str) -> None:
    """With what to do."""
    others = [client.get(f"/{other}?limit=1").links["next"]["url"] for other in ("runs", "lineage", "rejects")]
    others.append(client.get("/gex?symbol=NQ_NDX&category=zero&limit=1").links["next"]["url"])
    for url in others:
        cursor = url.split("cursor=")[1]
        response = client.get(f"/{listing}?cursor={cursor}")
        own = url.startswith(f"/{listing}?")
        assert response.status_code == (200 if own else 400)
        assert own or "Repeat" in response.json()["error"]
    for cursor in ("", "x", "%00", "W10", "bnVsbA", "ü", *(forged(listing, *place) for place in FORGED)):
        response = client.get(f"/{listing}?cursor={cursor}")
        assert (response.status_code, set(response.json()["details"])) == (400, {"cursor"})
        assert response.json()["error"].startswith("This is no cursor.")


def test_feeds_are_counted(client: TestClient) -> None:
    """By feed, or by trading day."""
    assert client.get("/feeds").json() == [
        {
            "ticker": "NQ_NDX",
            "package": "classic",
            "category": category,
            "days": days,
            "snapshots": snapshots,
            "strikes": 3 * snapshots,
            "flagged": 0,
            "first": "2025-10-06T14:30:00Z",
            "last": last,
        }
        for category, days, snapshots, last in (
            ("gex_one", 1, 1, "2025-10-06T14:30:00Z"),
            ("gex_zero", 2, 4, "2025-10-07T14:30:00Z"),
        )
    ]
    assert [(day["category"], day["date"]) for day in client.get("/feeds?by=day").json()] == [
        ("gex_one", "2025-10-06"),
        ("gex_zero", "2025-10-06"),
        ("gex_zero", "2025-10-07"),
    ]


def test_an_empty_lake_has_empty_lists() -> None:
    """In every form; no snapshot of it is not found."""
    client = client_of()
    for path in ("/lineage", "/runs", "/rejects", "/feeds"):
        response = client.get(path)
        assert (response.text, "x-gexlake-latest" in response.headers) == ("[]", False)
    assert client.get("/feeds?format=parquet").status_code == 200
    assert client.get("/gex?symbol=NQ_NDX").status_code == 404


def test_coverage_tells_of_each_session_from_the_first_day_to_the_last(client: TestClient) -> None:
    """With its hours, condition and reasons; files that the lineage knows by name."""
    first, second = client.get("/coverage?symbol=NQ_NDX&category=zero").json()
    assert (first["date"], first["condition"], first["snapshots"]) == ("2025-10-06", "degraded", 3)
    assert (first["opens"], first["closes"]) == ("2025-10-06T13:30:00Z", "2025-10-06T20:00:00Z")
    assert first["late_seconds"] == 3600
    assert (second["date"], second["snapshots"]) == ("2025-10-07", 1)


def test_coverage_can_be_asked_of_days_without_a_snapshot(client: TestClient) -> None:
    """They are missing; a Saturday is none of them."""
    found = client.get("/coverage?category=gex_one&start=2025-10-10&end=2025-10-13").json()
    assert [(row["date"], row["condition"]) for row in found] == [("2025-10-10", "missing"), ("2025-10-13", "missing")]
    assert client.get("/coverage?symbol=ES_SPX").status_code == 404


def test_coverage_begins_when_there_could_be_snapshots(client: TestClient) -> None:
    """However early it is asked to."""
    assert client.get("/coverage?category=gex_one&start=0001-01-01").json()[0]["date"] == "2010-01-04"


def test_coverage_takes_a_moment_for_its_trading_day(client: TestClient) -> None:
    """Late in the evening of New York it is the next day in UTC; a date alone is a trading day."""
    question = "/coverage?category=gex_one&end=2025-10-10&start="
    starts = ("2025-10-09", "2025-10-09T03:59:59Z", "1759982399")
    found = [client.get(question + start).json()[0]["date"] for start in starts]
    assert found == ["2025-10-09", "2025-10-08", "2025-10-08"]
