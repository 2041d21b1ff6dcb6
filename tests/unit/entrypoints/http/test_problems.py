"""What is wrong with a request: which parameter, by its name there, what is wrong with it, and what would be right."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gexlake.application.importing.import_jobs import ImportJobs
from gexlake.application.importing.import_request import ImportRequest
from gexlake.testing.builders import make_run, make_snapshots
from support.serving import client_of

JSON = {"Content-Type": "application/json"}
AN_OBJECT = 'send a JSON object, such as {"source_path": "history"}'
UNKNOWN = "is not known; leave it out, or mend its spelling"
CATEGORIES = "gex_zero, gex_one or gex_full"
LONE = "holds half a character (a lone surrogate); write whole ones"
NOT_ISO = "which is not ISO-8601 like 2025-10-06T14:30:00.5Z"
STATUSES = "imported, unchanged, partial, failed or unsupported"


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Give a client of an app over a small lake."""
    return client_of(make_snapshots(1))


def problems(response: Any) -> list[tuple[str, str]]:
    """Give the problems of an answer that refuses, all of which its sentence tells."""
    assert response.status_code == 400, response.text
    body = response.json()
    assert list(body) == ["error", "details"]
    found = [(found["parameter"], found["problem"]) for found in body["details"]["problems"]]
    told = " ".join(f"{parameter} {problem}." for parameter, problem in found)
    assert body["error"] == f"The request is not valid: {told} GET /docs says more."
    return found


@pytest.mark.parametrize(
    ("question", "parameter", "problem"),
    [
        ("gex", "symbol", "is missing"),
        ("gex/latest", "symbol", "is missing"),
        (
            "gex/latest?symbol=NQ_NDX&categroy=gex_full",
            "categroy",
            "is not known here; leave it out, or mend its spelling (known: symbol, package, category, format)",
        ),
        (
            "imports/one?wait=1",
            "wait",
            "is not known here; leave it out, or mend its spelling (known: none)",
        ),
        ("gex?symbol=", "symbol", "is ''; write 1 or more characters"),
        (f"gex?symbol={'X' * 65}", "symbol", "has more than 64 characters"),
        (f"gex?symbol=NQ_NDX&package={'X' * 65}", "package", "has more than 64 characters"),
        (f"coverage?symbol={'X' * 65}", "symbol", "has more than 64 characters"),
        ("gex?symbol=NQ_NDX&limit=0", "limit", "is '0'; write a number from 1 on"),
        ("gex?symbol=NQ_NDX&limit=10001", "limit", "is '10001'; write a number up to 10000"),
        ("gex?symbol=NQ_NDX&limit=", "limit", "is ''; write a whole number"),
        ("gex?symbol=NQ_NDX&limit=1.5", "limit", "is '1.5'; write a whole number"),
        ("gex?symbol=NQ_NDX&limit=%00", "limit", r"is '\x00'; write a whole number"),
        ("gex?symbol=NQ_NDX&limit=%FF", "limit", "is '\ufffd'; write a whole number"),
        ("gex?symbol=NQ_NDX&limit=%ZZ", "limit", "is '%ZZ'; write a whole number"),
        ("gex?symbol=NQ_NDX&limit=5&limit=x", "limit", "is 'x'; write a whole number"),
        pytest.param(
            f"gex?symbol=NQ_NDX&limit={'9' * 5000}",
            "limit",
            f"is '{'9' * 39}…, which has too many digits; write a smaller number",
            id="limit of 5,000 digits",
        ),
        ("gex?symbol=NQ_NDX&start=", "start", f"is '', {NOT_ISO}"),
        ("gex?symbol=NQ_NDX&start=2025", "start", f"is '2025', {NOT_ISO}"),
        ("gex?symbol=NQ_NDX&end=9999999999999999", "end", f"is '9999999999999999', {NOT_ISO}"),
        ("gex?symbol=NQ_NDX&end=10000-01-01", "end", f"is '10000-01-01', {NOT_ISO}"),
        ("gex?symbol=NQ_NDX&end=2025-13-01", "end", f"is '2025-13-01', {NOT_ISO}"),
        ("gex/at?symbol=NQ_NDX&timestamp=2025-11-14T15.5Z", "timestamp", f"is '2025-11-14T15.5Z', {NOT_ISO}"),
        ("gex/at?symbol=NQ_NDX&timestamp=2025-10-07&tolerance=x", "tolerance", "is 'x'; write a number"),
        ("gex/at?symbol=NQ_NDX&timestamp=2025-10-07&tolerance=", "tolerance", "is ''; write a number"),
        ("gex/at?symbol=NQ_NDX&timestamp=2025-10-07&tolerance=NaN", "tolerance", "is 'NaN'; write a number from 0 on"),
        ("gex/heatmap?symbol=NQ_NDX&bucket=x", "bucket", "is 'x'; write a number"),
        ("gex/heatmap?symbol=NQ_NDX&bucket=inf", "bucket", "is 'inf'; write a number up to 1000000"),
        ("gex/heatmap?symbol=NQ_NDX&bucket=0", "bucket", "is '0'; write a number from 0.01 on"),
        ("gex/heatmap?symbol=NQ_NDX&value=x", "value", "is 'x'; write gamma or oi_gamma"),
        ("feeds?by=week", "by", "is 'week'; write feed or day"),
        ("lineage?status=x", "status", f"is 'x'; write {STATUSES}"),
        ("rejects?raw=perhaps", "raw", "is 'perhaps'; write true or false"),
    ],
)
def test_a_parameter_that_cannot_be(client: TestClient, question: str, parameter: str, problem: str) -> None:
    """By the name that it has in the request, whatever shapes its value might have had."""
    assert problems(client.get(f"/{question}")) == [(parameter, problem)]


@pytest.mark.parametrize(
    "question",
    [
        "gex?limit=20000",
        "gex?start=2025-10-07&end=2025-10-06",
        "gex?cursor=x",
        "gex?format=xml",
        "gex/latest?format=xml",
        "gex/at?timestamp=yesterday",
        "gex/at?timestamp=2025-10-07&tolerance=-1",
        "gex/ladder?timestamp=yesterday",
        "gex/levels?every=1",
        "gex/levels?limit=0",
        "gex/heatmap?columns=1",
        "gex/heatmap?bucket=0",
        "gex/heatmap?start=2025-10-07&end=2025-10-06",
        "coverage?start=yesterday",
        "flagged?limit=0",
    ],
)
def test_what_is_wrong_with_a_question_is_told_before_what_there_is_not(client: TestClient, question: str) -> None:
    """Whoever mended the symbol alone would be refused once more; the answer is that for a feed which there is."""
    refused, known = (client.get(f"/{question}&symbol={symbol}") for symbol in ("ZZ", "NQ_NDX"))
    assert refused.status_code in (400, 406)
    assert (refused.status_code, refused.json()) == (known.status_code, known.json())


def test_whatever_is_written_for_a_parameter_it_is_named_as_published(client: TestClient) -> None:
    """Of every route, and no value of any is too much for the server."""
    asked = {"symbol": "NQ_NDX", "timestamp": "2025-10-07"}
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        parameters = operations.get("get", {}).get("parameters", ())
        names = [one["name"] for one in parameters if one["in"] == "query"]
        others = {name: value for name, value in asked.items() if name in names}
        for name in names:
            for value in ("", "\0", "9" * 5_000):
                response = client.get(path, params=others | {name: value})
                assert response.status_code in {200, 400, 404, 406}, (path, name, value)
                found = response.json() if response.status_code == 400 else {}
                named = [problem["parameter"] for problem in found.get("details", {}).get("problems", ())]
                assert set(named) <= {name}, (path, name, value)


def test_all_that_is_wrong_is_told_at_once(client: TestClient) -> None:
    """Parameter by parameter."""
    found = problems(client.get("/gex/heatmap?columns=1&every=x"))
    assert found == [
        ("symbol", "is missing"),
        ("every", "is no step of time; write 30s, 1m, 5m, 15m, 1h or 1d"),
        ("columns", "is '1'; write a number from 2 on"),
    ]


def test_a_header_that_cannot_be(client: TestClient) -> None:
    """By its name, too."""
    jobs: ImportJobs = client.app.state.import_jobs  # type: ignore[attr-defined]
    job = jobs.submit(ImportRequest(Path("held")), lambda request, _: make_run(request.import_id or ""))
    found = problems(client.get(f"/imports/{job.import_id}/events?after=-1", headers={"Last-Event-ID": "x"}))
    assert sorted(found) == [
        ("after", "is '-1'; write a number from 0 on"),
        ("last-event-id", "is 'x'; write a whole number"),
    ]


@pytest.mark.parametrize(
    ("fields", "parameter", "problem"),
    [
        ("", "source_path", "is missing"),
        ('"source_path": 1', "source_path", "is 1; write text"),
        ('"source_path": null', "source_path", "is null; write text"),
        ('"source_path": "\\ud800"', "source_path", LONE),
        ('"source_path": "x", "\\ud800": 1', "body", LONE),
        (
            '"source_path": "x", "validate_onyl": true',
            "validate_onyl",
            "is not known; leave it out, or mend its spelling",
        ),
        ('"source_path": "x", "\\u0000": 1', r"'\x00'", UNKNOWN),
        pytest.param(f'"source_path": "x", "{"k" * 9999}": 1', "k" * 40, UNKNOWN, id="long name"),
        ('"source_path": "x", "data_types": []', "data_types", "is an empty list; name 1 or more"),
        ('"source_path": "x", "data_types": ["gex", "ticks"]', "data_types[1]", "is 'ticks'; write gex"),
        ('"source_path": "x", "packages": {}', "packages", "is an object; write a list"),
        (
            '"source_path": "x", "assume_category": "two"',
            "assume_category",
            f"is 'two'; write {CATEGORIES}",
        ),
        ('"source_path": "x", "on_conflict": [[]]', "on_conflict", "is a list; write keep, replace or fail"),
        ('"source_path": "x", "force": "perhaps"', "force", "is 'perhaps'; write true or false"),
        ('"source_path": "x", "max_error_rate": NaN', "max_error_rate", "is NaN; write a number"),
        ('"source_path": "x", "max_error_rate": 2', "max_error_rate", "is 2; write a number up to 1"),
    ],
)
def test_a_field_of_a_body_that_cannot_be(client: TestClient, fields: str, parameter: str, problem: str) -> None:
    """By its place in the body."""
    response = client.post("/import", content=b"{" + fields.encode() + b"}", headers=JSON)
    assert problems(response) == [(parameter, problem)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is missing"),
        (b"{", "is not JSON (at character 2: Expecting property name enclosed in double quotes)"),
        (b"source_path=x", "is not JSON (at character 1: Expecting value)"),
        (b"\xff", "is not UTF-8"),
        pytest.param(b"[" * 100_000, "is nested too deeply", id="deep"),
        pytest.param(b'{"max_error_rate": ' + b"9" * 5_000 + b"}", "holds a number of too many digits", id="long"),
        (b"[]", "is an empty list"),
        (b"null", "is null"),
    ],
)
def test_a_body_that_cannot_be(client: TestClient, body: bytes, problem: str) -> None:
    """With one that can."""
    response = client.post("/import", content=body, headers=JSON)
    assert problems(response) == [("body", f"{problem}; {AN_OBJECT}")]


@pytest.mark.parametrize(("headers", "found"), [({}, "missing"), ({"Content-Type": "text/plain"}, "'text/plain'")])
def test_a_body_that_does_not_say_that_it_is_json(client: TestClient, headers: dict[str, str], found: str) -> None:
    """It is not guessed: any web page may have a browser send such a one."""
    response = client.post("/import", content=b'{"source_path": "x"}', headers=headers)
    assert problems(response) == [("Content-Type", f"is {found}; send application/json")]


def test_of_many_problems_some_are_told(client: TestClient) -> None:
    """And how many more there are."""
    response = client.post("/import", json={"source_path": "x"} | {f"k{n}": n for n in range(1_000)})
    body = response.json()
    assert [found["parameter"] for found in body["details"]["problems"]] == [f"k{n}" for n in range(10)]
    assert body["error"].endswith(f"k9 {UNKNOWN}. 990 more are wrong. GET /docs says more.")
