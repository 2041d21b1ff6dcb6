"""Limits on how often, how much and how long; and which web pages may ask."""

import threading
from collections.abc import Iterator

from gexlake.entrypoints.http.guards.keys import is_import
from support.guarded_app import MakeClient


def test_who_asks_too_often_is_told_when_to_come_back(make_client: MakeClient) -> None:
    """And everybody is told what is left; routes that tell whether the server is well are not limited."""
    client = make_client(rate_limit="2/hour")
    first, second, third = (client.get("/items/1") for _ in range(3))
    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in (first, second, third)] == ["1", "0", "0"]
    assert {answer.headers["x-ratelimit-limit"] for answer in (first, second, third)} == {"2"}
    assert "retry-after" not in first.headers
    wait = third.headers["retry-after"]
    assert 3_500 < int(wait) <= 3_600
    assert third.json() == {
        "error": f"These are too many requests. Wait {wait} s before you ask again.",
        "details": {"retry_after_seconds": int(wait)},
    }
    assert client.get("/health").status_code == 200


def test_the_tightest_limit_counts(make_client: MakeClient) -> None:
    """Several can hold at once."""
    client = make_client(rate_limit="100/day; 1/hour")
    assert client.get("/items/1").headers["x-ratelimit-limit"] == "1"
    assert client.get("/items/1").status_code == 429


def test_each_key_has_limits_of_its_own(make_client: MakeClient) -> None:
    """Who guesses keys is counted by address."""
    client = make_client(rate_limit="1/hour", api_keys=("ann:read:a", "bob:read:b"))
    answers = [client.get("/items/1", headers={"X-API-Key": key}).status_code for key in "aabbcd"]
    assert answers == [200, 429, 200, 429, 401, 429]


def test_two_applications_count_apart(make_client: MakeClient) -> None:
    """They share nothing in a process."""
    first, second = make_client(rate_limit="1/hour"), make_client(rate_limit="1/hour")
    assert [client.get("/items/1").status_code for client in (first, second)] == [200, 200]


def test_a_streamed_answer_passes_all_guards(make_client: MakeClient) -> None:
    """Part by part, under one head."""
    answer = make_client(rate_limit="10/hour", request_timeout_seconds=0.5).get("/stream")
    assert (answer.text, answer.headers["x-ratelimit-remaining"]) == ("first,last", "9")


def test_a_request_that_is_too_large_is_refused(make_client: MakeClient) -> None:
    """When it says so, and when it is found to be."""
    client = make_client(max_body_bytes=10)

    def parts() -> Iterator[bytes]:
        yield from (b"[1,", b"2,", b"3,4,5,6,7]")

    json = {"Content-Type": "application/json"}
    for content in (b"[1,2,3,4,5]", parts()):
        answer = client.post("/import", content=content, headers=json)
        assert answer.status_code == 413
        assert answer.json() == {
            "error": "The request is too large. Send at most 10 bytes; "
            "files to import are named by their path on the server, not sent.",
            "details": {"max_bytes": 10},
        }
    assert client.post("/import", content=b"[1,2,3,45]", headers=json).json() == 4


def test_an_answer_that_does_not_begin_in_time_is_given_up(make_client: MakeClient, gate: threading.Event) -> None:
    """Nobody waits for the thread that works on it, and what it says later goes nowhere."""
    client = make_client(request_timeout_seconds=0.5)
    answer = client.get("/slow")
    assert answer.status_code == 504
    assert answer.json() == {
        "error": "There was no answer within 0.5 seconds. Ask for less, or ask again later.",
        "details": {"seconds": 0.5},
    }
    assert not gate.is_set()
    gate.set()
    assert client.get("/slow").json() == "late"


def test_imports_take_the_time_they_need(make_client: MakeClient) -> None:
    """Starting one, and watching it."""
    assert make_client(request_timeout_seconds=0.01).get("/imports/run-7").json() == "run-7"
    paths = ["/import", "/imports", "/import/", "/imports/7/events", "/handoff/imports", "/important", "/items", "/"]
    assert [is_import(path) for path in paths] == [True] * 5 + [False] * 3


def test_web_pages_of_others_may_not_ask(make_client: MakeClient) -> None:
    """Unless their origin is listed."""
    origin = {"Origin": "https://charts.example.org"}
    closed = make_client().get("/items/1", headers=origin)
    assert "access-control-allow-origin" not in closed.headers
    client = make_client(cors_origins=("https://charts.example.org",), api_keys=("ann:read:a",), rate_limit="1/hour")
    wish = origin | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "X-API-Key"}
    assert client.options("/items/1", headers=wish).status_code == 200
    assert client.options("/items/1", headers=wish | {"Origin": "https://evil.example"}).status_code == 400
    for status in (401, 429):
        answer = client.get("/items/1", headers=origin)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, origin["Origin"])
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
