"""The forms of answers: chosen by ``format=`` or ``Accept``, and each read back by its own library."""

import csv
import io
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from gexlake.domain.snapshot import StrikeLevel
from gexlake.testing.builders import make_file, make_ladder, make_reject, make_rejects, make_snapshot, make_snapshots
from support.serving import client_of, lake_of

MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
ROUTES = (
    "/gex?symbol=NQ_NDX",
    "/gex?symbol=NQ_NDX&limit=5000",
    "/gex?symbol=NQ_NDX&start=2030-01-01",
    "/gex/levels?symbol=NQ_NDX",
    "/gex/levels?symbol=NQ_NDX&every=1m",
    "/lineage",
    "/flagged",
    "/rejects",
    "/feeds",
    "/feeds?by=day",
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Give a client of a lake with snapshots of all kinds, source files and rejects."""
    bare = make_snapshot(
        second=9,
        strikes=[StrikeLevel(strike=1.5, gamma=1, oi_gamma=-1)],
        max_priors=None,
        min_dte=None,
        sum_gex_vol=7.5,
        extra={"flip": 1},
    )
    lake = lake_of(make_snapshots(3), [bare], [make_snapshot(category="gex_one", strikes=make_ladder((1.0,)))])
    with lake.unit() as unit:
        unit.lineage.add_file(make_file(1, errors=('torn, "badly"', "ü")))
        unit.lineage.add_rejects(make_rejects([make_reject(0), make_reject(1, byte_offset=None)]))
        unit.commit()
    return client_of(lake=lake)


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write rows as JSON would have them, without what is null: JSON leaves out what columns have to name."""
    as_json = orjson.loads(orjson.dumps(rows, option=orjson.OPT_UTC_Z))
    return [{name: value for name, value in row.items() if value is not None} for row in as_json]


def arrow_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Give the rows of a table; JSON in its text columns is read."""
    rows = plain(table.to_pylist())
    return [row | {name: orjson.loads(row[name]) for name in ("extra", "envelope") if name in row} for row in rows]


@pytest.mark.parametrize("route", ROUTES)
def test_every_form_says_the_same(client: TestClient, route: str) -> None:
    """JSON, its lines, Arrow, Parquet by pyarrow and by Polars."""
    ask = "&" if "?" in route else "?"
    answers = {form: client.get(f"{route}{ask}format={form}") for form in MEDIA_TYPES}
    assert {form: answer.headers["content-type"] for form, answer in answers.items()} == MEDIA_TYPES
    rows = plain(answers["json"].json())
    assert rows or "2030" in route
    assert plain([orjson.loads(line) for line in answers["ndjson"].content.splitlines()]) == rows
    with pa.ipc.open_stream(answers["arrow"].content) as stream:
        assert arrow_rows(stream.read_all()) == rows
    assert arrow_rows(pq.read_table(io.BytesIO(answers["parquet"].content))) == rows
    assert pl.read_parquet(answers["parquet"].content).height == len(rows)


@pytest.mark.parametrize("route", ROUTES)
def test_csv_says_the_same_in_text(client: TestClient, route: str) -> None:
    """Moments as ISO-8601, lists and objects as JSON, nothing where there is nothing."""
    ask = "&" if "?" in route else "?"
    rows = plain(client.get(route).json())
    lines = list(csv.DictReader(io.StringIO(client.get(f"{route}{ask}format=csv").text)))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert {name for name, text in line.items() if text} == set(row)
        for name, value in row.items():
            read = line[name] if isinstance(value, str) else orjson.loads(line[name])
            assert read == value


def test_one_snapshot_is_one_row(client: TestClient) -> None:
    """Also with the lag behind the moment."""
    for route in ("/gex/latest?symbol=NQ_NDX", "/gex/at?symbol=NQ_NDX&timestamp=2025-10-07"):
        whole = client.get(route).json()
        with pa.ipc.open_stream(client.get(f"{route}&format=arrow").content) as stream:
            assert arrow_rows(stream.read_all()) == plain([whole])
        assert orjson.loads(client.get(f"{route}&format=ndjson").content) == whole


def test_a_ladder_is_a_row_a_strike(client: TestClient) -> None:
    """JSON puts the snapshot around them, columns have the priors side by side."""
    route = "/gex/ladder?symbol=NQ_NDX&timestamp=2025-10-06T14:30:01Z"
    whole = client.get(route).json()
    rows = [{"timestamp": whole["timestamp"], **row} for row in whole["strike_data"]]
    assert whole["spot_price"] == 25190.5
    assert [orjson.loads(line) for line in client.get(f"{route}&format=ndjson").content.splitlines()] == rows
    read = pl.read_parquet(client.get(f"{route}&format=parquet").content)
    assert read.columns == ["timestamp", "strike", "gamma", "oi_gamma", *(f"prior_{n}" for n in range(1, 6))]
    assert read["strike"].to_list() == [row["strike"] for row in rows]
    assert read["prior_5"].to_list() == [row["priors"][4] for row in rows]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("text/*", "csv"),
        ("text/csv", "csv"),
        ("text/csv;q=0.1, application/x-ndjson;q=0.9", "ndjson"),
        ("application/jsonl", "ndjson"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/parquet, application/json;q=0.5", "parquet"),
        ("application/json;q=0, */*;q=0.1", "ndjson"),
        ("Application/JSON; q=oops", "json"),
        ("*/*, application/*;q=0.1, application/vnd.apache.arrow.stream;q=0.2", "csv"),
    ],
)
def test_accept_chooses(client: TestClient, accept: str, form: str) -> None:
    """The form that is liked best, as the range says that names it most closely; of equals the one named first."""
    response = client.get("/feeds", headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPES[form])
    assert response.headers["vary"] == "Accept"


def test_format_overrules_accept(client: TestClient) -> None:
    """A link in a browser must be able to ask for a CSV."""
    response = client.get("/feeds?format=csv", headers={"accept": "application/json"})
    assert response.headers["content-type"] == MEDIA_TYPES["csv"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/feeds?format=xml", "*/*"), ("/feeds", "image/png"), ("/feeds", "text/csv;q=0"), ("/runs?format=csv", "*/*")],
)
def test_a_form_that_there_is_not_is_406_with_those_that_there_are(client: TestClient, path: str, accept: str) -> None:
    """In the sentence and among the details."""
    response = client.get(path, headers={"accept": accept})
    assert (response.status_code, response.headers["vary"]) == (406, "Accept")
    assert "Choose format= json, ndjson" in response.json()["error"]
    assert response.json()["details"]["formats"][:2] == ["json", "ndjson"]
