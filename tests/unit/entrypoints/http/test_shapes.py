"""What OpenAPI says of answers is what they hold: each field that comes is there, and none that never comes."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gexlake.domain.runs import DayTotal, RunStatus
from gexlake.testing.builders import (
    FEED,
    NOON,
    make_file,
    make_reject,
    make_rejects,
    make_run,
    make_snapshot,
    make_snapshots,
)
from support.serving import client_of, lake_of

#: Questions whose answers together hold every field that a route's can have.
QUESTIONS = {
    "/gex": ["?symbol=NQ_NDX"],
    "/gex/latest": ["?symbol=NQ_NDX"],
    "/gex/at": ["?symbol=NQ_NDX&timestamp=2025-10-06T16:30:00Z"],
    "/gex/ladder": ["?symbol=NQ_NDX"],
    "/gex/levels": ["?symbol=NQ_NDX"],
    "/gex/heatmap": ["?symbol=NQ_NDX"],
    "/feeds": ["", "?by=day"],
    "/coverage": [""],
    "/flagged": [""],
    "/lineage": [""],
    "/runs": [""],
    "/rejects": ["", "?raw=true"],
    "/imports/{import_id}": [""],
    "/health": [""],
    "/ready": [""],
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Give a client of a lake that has something of everything."""
    odd = make_snapshot(second=7_200, sum_gex_vol=1, extra={"unheard_of": 1}, envelope={"recorded_at": "then"})
    lake = lake_of([*make_snapshots(60), odd])
    day = DayTotal(feed=FEED, date=NOON.date(), snapshots=61, strikes=183)
    with lake.unit() as unit:
        unit.lineage.save_run(
            make_run(
                "run-1",
                status=RunStatus.SUCCESS,
                finished_at=NOON + timedelta(seconds=1),
                days=(day,),
                options={"taken_out": {"snapshots": 3}},
            )
        )
        unit.lineage.add_file(make_file(1))
        unit.lineage.add_rejects(make_rejects([make_reject(0), make_reject(1, raw=b"\xff")]))
        unit.commit()
    return client_of(lake=lake)


@pytest.fixture(scope="module")
def published(client: TestClient) -> dict[str, Any]:
    """Give what the app publishes of itself."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def answer_shape(published: dict[str, Any], path: str) -> dict[str, Any] | None:
    """Give the schema of the JSON that a route answers GET with; None if it gives none."""
    operation = published["paths"][path].get("get", {"responses": {}})
    shape: dict[str, Any] | None = (
        operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema")
    )
    return shape


def compare(published: dict[str, Any], shape: dict[str, Any], value: Any, seen: dict[str, set[str]]) -> None:
    """Hold a value against its schema by the names of fields, and note which of a shape's fields were there."""
    if "$ref" in shape:
        shape = published["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]]
    if value is None:
        return
    if "anyOf" in shape:  # something, or null
        (shape,) = (choice for choice in shape["anyOf"] if choice.get("type") != "null")
        compare(published, shape, value, seen)
    elif isinstance(value, list):
        for item in value:
            compare(published, shape["items"], item, seen)
    elif "properties" in shape:
        assert set(shape.get("required", ())) <= set(value) <= set(shape["properties"]), shape["title"]
        seen[shape["title"]] |= set(value)
        for name, item in value.items():
            compare(published, shape["properties"][name], item, seen)
    elif isinstance(value, dict):
        assert "additionalProperties" in shape, (shape, value)


def test_the_bounds_of_numbers_are_published(published: dict[str, Any]) -> None:
    """By the names that a schema has for them, of parameters that may be left out, too."""
    found = {
        one["name"]: (one["schema"].get("minimum"), one["schema"].get("maximum"))
        for path in ("/gex/at", "/gex/heatmap")
        for one in published["paths"][path]["get"]["parameters"]
        if one["schema"].get("type") in ("number", "integer")
    }
    assert found == {"tolerance": (0, None), "columns": (2, 2_000), "bucket": (0.01, 1_000_000)}


def test_every_route_with_rows_is_asked(published: dict[str, Any]) -> None:
    """Those to come, too."""
    assert {path for path in published["paths"] if answer_shape(published, path)} == set(QUESTIONS)


def test_answers_hold_what_is_published_and_nothing_else(client: TestClient, published: dict[str, Any]) -> None:
    """Field by field, down to the last object; and there is an answer with each."""
    seen: dict[str, set[str]] = defaultdict(set)
    for path, questions in QUESTIONS.items():
        shape = answer_shape(published, path)
        assert shape is not None
        for question in questions:
            response = client.get(path.format(import_id="run-1") + question)
            assert response.status_code == 200, response.text
            assert response.json(), path
            compare(published, shape, response.json(), seen)
    shapes = published["components"]["schemas"]
    assert {name: set(shapes[name]["properties"]) for name in seen} == seen
    assert {"StrikeRow", "CoverageGap", "RunDay", "Counts", "FileTally", "RejectRow"} <= set(seen)
