"""What requests leave behind: ids, lines in the log, metrics."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gexlake.entrypoints.http.guards.logging import bind_request, get_logger, install_logging, log_request
from gexlake.entrypoints.http.guards.metrics import Metrics
from gexlake.entrypoints.http.guards.time_limit import TimeLimit
from gexlake.entrypoints.http.guards.trail import Trail
from gexlake.entrypoints.settings.model import Settings
from support.guarded_app import MakeClient

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Give the root logger, which is as it was afterwards."""
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    yield root
    root.setLevel(before[0])
    root.handlers[:] = before[1]


@pytest.fixture
def lines(root: logging.Logger) -> Lines:  # noqa: ARG001  # put back afterwards
    """Give the lines that are logged, as JSON."""
    stream = io.StringIO()
    install_logging(Settings(log_format="json", log_level="info"), stream)
    ours = "gexlake", "tests", "theirs"  # the client of the tests writes lines of its own
    return lambda: [line for line in map(json.loads, stream.getvalue().splitlines()) if line["logger"].startswith(ours)]


def test_an_id_is_kept_or_given(make_client: MakeClient) -> None:
    """One that cannot stand in a log is replaced; refusals have one too."""
    client = make_client(api_keys=("ann:read:a",))
    ids = ["abc-123", "", "with space", "x" * 200]
    found = [client.get("/items/1", headers={"X-Request-ID": given}).headers["x-request-id"] for given in ids]
    assert found[0] == "abc-123"
    assert len(set(found)) == 4
    assert all(len(made) == 32 for made in found[1:])


def test_a_request_is_logged_with_what_it_was_and_became(make_client: MakeClient, lines: Lines) -> None:
    """The route's own lines carry its id too."""
    make_client().get("/items/3?secret=1", headers={"X-Request-ID": "abc", "Authorization": "Bearer hidden"})
    looked, answered = lines()
    assert (looked["event"], looked["number"], looked["request_id"]) == ("looked", 3, "abc")
    assert isinstance(answered.pop("duration_ms"), float)
    assert str(answered.pop("timestamp")).endswith("Z")
    assert answered == {
        "event": "answered",
        "level": "info",
        "logger": "gexlake.http",
        "method": "GET",
        "route": "/items/{number}",
        "status": 200,
        "request_id": "abc",
    }


def test_an_import_is_logged_with_its_run(make_client: MakeClient, lines: Lines) -> None:
    """The route says which one it was, or its path does; what cannot stand in a log does not."""
    client = make_client()
    client.post("/import", json=[1])
    client.get("/imports/run-9")
    client.get("/imports/run%0A10")
    assert [line.get("import_id") for line in lines()] == ["run-7", "run-9", None]


def test_lines_of_others_take_the_same_shape(lines: Lines) -> None:
    """Libraries know logging only; a request that is bound stands in every line after, until another one begins."""
    bind_request("abc-2")
    logging.getLogger("theirs").warning("told %s", "something")
    get_logger("gexlake").debug("nobody wants to know")
    bind_request("abc-3")
    get_logger("gexlake").info("of another request")
    line, other = lines()
    assert (line["event"], line["level"]) == ("told something", "warning")
    assert (line["request_id"], other["request_id"]) == ("abc-2", "abc-3")


def test_watching_over_the_server_fills_no_log(make_client: MakeClient, lines: Lines) -> None:
    """It happens every few seconds."""
    client = make_client()
    client.get("/health")
    client.get("/metrics")
    assert lines() == []


def test_what_breaks_is_logged_in_full_and_told_without_a_word(make_client: MakeClient, lines: Lines) -> None:
    """The id leads from one to the other."""
    answer = make_client().get("/breaks")
    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert answer.json() == {
        "error": f"The server failed at this request. Tell its operator the id {request_id}, the log says why.",
        "details": {"request_id": request_id},
    }
    (line,) = lines()
    assert (line["level"], line["request_id"], line["status"]) == ("error", request_id, 500)
    assert "SELECT secret" in json.dumps(line["exception"])
    assert '"locals"' not in json.dumps(line["exception"])


def test_an_answer_that_breaks_off_does_not_look_whole(make_client: MakeClient, lines: Lines) -> None:
    """The server is told, so that it breaks the connection off; the log knows why."""
    with pytest.raises(RuntimeError):
        make_client().get("/breaks-off")
    (line,) = lines()
    assert (line["event"], line["status"], line["route"]) == ("failed", 500, "/breaks-off")


def test_a_client_that_leaves_is_logged_as_such(lines: Lines) -> None:
    """No status was sent, so it gets one that says so."""

    async def leave() -> None:
        waiting = asyncio.Event()

        async def app(*_: object) -> None:
            waiting.set()
            await asyncio.Event().wait()

        trail = Trail(TimeLimit(app, 60, lambda _: False), Metrics())
        scope = {"type": "http", "method": "GET", "path": "/items/1", "headers": []}
        request = asyncio.ensure_future(trail(scope, nothing, nothing))
        await waiting.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    async def nothing(*_: object) -> dict[str, object]:
        raise AssertionError

    asyncio.run(leave())
    (line,) = lines()
    assert (line["status"], line["route"]) == (499, "unmatched")


def test_logs_can_be_text(make_client: MakeClient, root: logging.Logger) -> None:
    """For those who read them; a failure shows where it was, and no variables."""
    stream = io.StringIO()
    install_logging(Settings(log_format="text", log_level="info"), stream)
    assert len(root.handlers) == 1
    client = make_client()
    client.get("/items/1")
    client.get("/breaks")
    text = stream.getvalue()
    assert "route=/items/{number}" in text
    assert "RuntimeError: SELECT secret" in text
    assert "locals" not in text


class Terminal(io.StringIO):
    """A stream that shows colours."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(("form", "stream"), [("json", io.StringIO()), ("text", io.StringIO()), ("text", Terminal())])
def test_lines_of_requests_look_like_all_others(root: logging.Logger, form: str, stream: io.StringIO) -> None:  # noqa: ARG001  # put back afterwards
    """Word for word but for the moment, though they are written another way."""
    install_logging(Settings(log_format=form, log_level="info"), stream)
    bind_request("abc-1")
    for facts in ({"status": 200, "duration_ms": 0.07}, {"duration_ms": 1e7, "import_id": "run-7", "route": "/{id}"}):
        get_logger("gexlake.http").info("answered", method="GET", **facts)
        log_request(logging.INFO, {"method": "GET", **facts, "event": "answered", "request_id": "abc-1"})
        log_request(logging.DEBUG, {"event": "unheard"})
        lines = stream.getvalue().splitlines()[-2:]
        others, own = (re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "MOMENT", line) for line in lines)
        if form == "json":
            assert json.loads(others) == json.loads(own)
        else:
            assert others == own
        assert "MOMENT" in own


def test_metrics_count_by_route(make_client: MakeClient) -> None:
    """By the template of the route, so that nobody can make labels up."""
    client = make_client(api_keys=("ann:read:a",))
    key = {"X-API-Key": "a"}
    for path in ("/items/1", "/items/2", "/nothing/1", "/nothing/2", "/breaks"):
        client.get(path, headers=key)
    client.get("/items/1")
    client.request("PURGE", "/items/1", headers=key)
    answer = client.get("/metrics", headers=key)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = {family.name: family.samples for family in text_string_to_metric_families(answer.text)}
    counts = {
        tuple(sample.labels.values()): sample.value
        for sample in families["gexlake_http_requests"]
        if sample.name.endswith("_total")
    }
    assert counts == {
        ("GET", "/items/{number}", "200"): 2,
        ("GET", "unmatched", "404"): 2,
        ("GET", "/breaks", "500"): 1,
        ("GET", "unmatched", "401"): 1,
        ("OTHER", "unmatched", "403"): 1,
    }
    seconds = [sample for sample in families["gexlake_http_request_seconds"] if sample.name.endswith("_count")]
    assert sum(sample.value for sample in seconds) == 7
    buckets = [sample for sample in families["gexlake_http_request_seconds"] if sample.labels.get("le") == "+Inf"]
    assert [sample.value for sample in buckets] == [sample.value for sample in seconds]
    (in_progress,) = families["gexlake_http_requests_in_progress"]
    assert in_progress.value == 1


def test_durations_are_counted_in_every_bucket_that_they_fit() -> None:
    """Whatever was answered in them; the bound of a bucket is in it."""
    metrics = Metrics()
    for status, seconds in ((200, 0.001), (404, 0.002), (200, 40.0)):
        metrics.observe("GET", "/items", status, seconds)
    named = {"method": "GET", "route": "/items"}
    value, name = metrics.registry.get_sample_value, "gexlake_http_request_seconds"
    assert [value(f"{name}_bucket", named | {"le": le}) for le in ("0.001", "0.0025", "30.0", "+Inf")] == [1, 2, 2, 3]
    assert (value(f"{name}_count", named), value(f"{name}_sum", named)) == (3, pytest.approx(40.003))


def test_the_form_of_the_metrics_is_documented(make_client: MakeClient) -> None:
    """Text, not JSON."""
    answers = make_client().get("/openapi.json").json()["paths"]["/metrics"]["get"]["responses"]
    assert list(answers["200"]["content"]) == ["text/plain"]


def test_two_applications_have_metrics_apart(make_client: MakeClient) -> None:
    """What one is asked the other does not count."""
    first, second = make_client(), make_client()
    first.get("/items/1")
    assert "/items" in first.get("/metrics").text
    assert "/items" not in second.get("/metrics").text
