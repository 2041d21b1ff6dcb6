"""Imports over HTTP on a lake in memory: the contract, the source roots, and following one."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gexlake.application.importing.import_jobs import ImportJobs
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.ports.progress import Progress, ProgressListener
from gexlake.domain.errors import DiskFull, ImportInterrupted
from gexlake.domain.runs import Counts, ImportRun, RunStatus
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.http.app import create_app
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import NOON, make_run
from support.records import array, record, words
from support.serving import installed

NAME = "2025-10-06_NQ_NDX_classic_gex_zero.json"
SECONDS = 20
KEY = "open-sesame"
TOKEN = {"Authorization": f"Bearer {KEY}"}
HAND_OVER: dict[str, Any] = {
    "reader": None,
    "assume_category": None,
    "feeds": {"tickers": [], "packages": [], "categories": []},
    "workers": None,
    "batch_size": 300,
    "resume": True,
    "force": False,
    "clear_existing": False,
    "without_sources": False,
    "on_conflict": "keep",
    "max_error_rate": 0.001,
    "dry_run": False,
    "import_id": None,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A source root with a history of one day in it."""
    history = tmp_path / "root" / "history"
    history.mkdir(parents=True)
    (history / NAME).write_bytes(array([words(record(second)) for second in range(5)]))
    return tmp_path / "root"


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., FastAPI]:
    """Give a function that makes an app over an empty lake."""

    def make(*roots: Path) -> FastAPI:
        settings = Settings(
            lake=tmp_path / "lake", lineage_store="memory", rate_limit="off", work_pool="inline", source_roots=roots
        )
        app = create_app(build_container(settings, installed()), InMemoryLake())
        app.state.handoff_token = KEY
        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., FastAPI], root: Path) -> FastAPI:
    """An app that may import from the root."""
    return make_app(root)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of that app."""
    with TestClient(app) as client:
        yield client


def hold(app: FastAPI, *, until_stopped: bool = False) -> tuple[str, Callable[[], None]]:
    """Have an import run that does nothing until it is let go, or stopped; give its id and what lets it go."""
    gate = threading.Event()

    def run(request: ImportRequest, listener: ProgressListener) -> ImportRun:
        listener.started(Progress(files_total=1))
        while not gate.wait(0.01):
            if until_stopped:
                listener.advanced(Progress(files_total=1))
        return make_run(request.import_id or "")

    jobs: ImportJobs = app.state.import_jobs
    job = jobs.submit(ImportRequest(Path("held")), run)

    def let_go() -> None:
        gate.set()
        job.wait(SECONDS)

    return job.import_id, let_go


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Take a stream of server-sent events apart."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        found.append((fields["event"], json.loads(fields["data"])))
    return found


def save(app: FastAPI, *runs: ImportRun) -> None:
    """Have the lineage know of runs that are no jobs of the app."""
    with app.state.lake.unit() as unit:
        for run in runs:
            unit.lineage.save_run(run)
        unit.commit()


def test_an_import_answers_as_the_contract_says(client: TestClient, root: Path) -> None:
    """With these names and no others."""
    answer = client.post(
        "/import", json={"source_path": str(root / "history"), "data_types": ["gex"], "validate_only": False}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("import_id")
    assert body.pop("duration_seconds") >= 0
    assert body == {"status": "success", "records_imported": {"gex": 5}, "errors": []}


def test_an_import_that_only_validates_leaves_the_lake_as_it_is(client: TestClient, app: FastAPI) -> None:
    """It says what would go in."""
    answer = client.post("/import", json={"source_path": "history", "validate_only": True})
    assert answer.json()["records_imported"] == {"gex": 5}
    assert app.state.lake.snapshots.days() == []
    assert app.state.lake.lineage.runs() == []

    client.post("/import", json={"source_path": "history"})
    answer = client.post("/import", json={"source_path": "history", "validate_only": True, "force": True})
    assert answer.json()["records_imported"] == {"gex": 0}  # it compares with what is stored


def test_a_ticker_that_the_source_does_not_have_is_told(client: TestClient) -> None:
    """With what it has, in the names of the request; it is a success all the same."""
    answer = client.post("/import", json={"source_path": "history", "tickers": ["NQNDX"]})
    body = answer.json()
    assert (answer.status_code, body["status"], body["records_imported"]) == (200, "success", {"gex": 0})
    (told,) = body["errors"]
    assert "(NQNDX); its files begin with NQ_NDX/classic/gex_zero" in told
    assert told.endswith("check the spelling of 'tickers', 'packages' and 'categories'")
    assert client.get(f"/imports/{body['import_id']}").json()["warnings"] == [told]


def test_some_of_it_rejected_is_partial(client: TestClient, root: Path) -> None:
    """Still 200, with the errors."""
    (root / "history" / NAME).write_bytes(array([words(record(0)), words(record(1, spot=-1))]))
    answer = client.post("/import", json={"source_path": "history"})
    assert (answer.status_code, answer.json()["status"]) == (200, "partial")
    assert "1 of 2 records" in answer.json()["errors"][0]


def test_a_failed_import_is_a_bad_request(client: TestClient, root: Path) -> None:
    """With the contract's answer as its details."""
    (root / "history" / NAME).write_bytes(b"nonsense")
    answer = client.post("/import", json={"source_path": "history"})
    assert answer.status_code == 400
    assert list(answer.json()) == ["error", "details"]
    assert answer.json()["details"]["status"] == "failed"
    assert answer.json()["error"].rstrip(".") == answer.json()["details"]["errors"][0].rstrip(".")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source_path": ""},
        {"source_path": "history", "data_types": []},
        {"source_path": "history", "data_types": ["ticks"]},
        {"source_path": "history", "validate_onyl": True},
        {"source_path": "history", "max_error_rate": 2},
        {"source_path": "history", "reader": "oracle"},
        {"source_path": "missing"},
        {"source_path": "history\0"},
        {"source_path": "x" * 4000},
        [],
    ],
)
def test_a_bad_request_is_told_in_a_sentence(client: TestClient, body: object) -> None:
    """With status 400 and the one shape of errors."""
    answer = client.post("/import", json=body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error", "details"]
    assert client.get("/imports/x").status_code == 404


def test_options_are_those_of_the_command_line(client: TestClient, app: FastAPI) -> None:
    """Filters, policy, error rate; the older names of categories will do."""
    body = {"source_path": "history", "categories": ["full"], "on_conflict": "replace", "max_error_rate": 0.5}
    assert client.post("/import", json=body).status_code == 400  # none of the files passes the filter
    options = app.state.lake.lineage.runs()[0].options
    assert options["on_conflict"] == "replace"
    assert options["max_error_rate"] == 0.5
    assert "gex_full" in options["feeds"]


def test_cures_are_in_terms_of_who_asks(client: TestClient, root: Path) -> None:
    """Fields of the body for HTTP, options for the command line; what a run is remembered by says the same to both."""
    (root / "history" / f"other_{NAME}").write_bytes(array([words(record(0, spot=1.0))]))
    fail = {"source_path": "history", "on_conflict": "fail"}
    answer = client.post("/import", json=fail)
    assert answer.status_code == 400
    assert "'on_conflict' replace (the new one wins)" in answer.json()["error"]
    state = client.get(f"/imports/{answer.json()['details']['import_id']}").json()
    assert state["result"]["errors"] == answer.json()["details"]["errors"]
    answer = client.post("/import", json={"source_path": "history", "reader": "oracle"})
    assert answer.json()["error"] == "No reader is called 'oracle'. Choose one of: legacy."

    body = HAND_OVER | {"source": str(root / "history"), "on_conflict": "fail"}
    told = events(client.post("/handoff/imports", json=body, headers=TOKEN).text)
    assert "--on-conflict replace (the new one wins)" in told[-1][1]["run"]["errors"][0]
    refused = client.post("/handoff/imports", json=body | {"reader": "oracle"}, headers=TOKEN)
    assert "'gexlake plugins' shows" in refused.json()["error"]


def test_without_roots_no_path_is_imported(make_app: Callable[..., FastAPI], root: Path) -> None:
    """The cure is named."""
    with TestClient(make_app()) as client:
        answer = client.post("/import", json={"source_path": str(root / "history")})
    assert answer.status_code == 400
    assert "GEXLAKE_SOURCE_ROOTS" in answer.json()["error"]


@pytest.mark.parametrize("name", ["..", "history/../..", "../outside", "/etc/passwd", "/", "out", "out/secret", "~"])
def test_nothing_outside_the_roots_can_be_named(client: TestClient, root: Path, name: str) -> None:
    """Nor found out about: what is there and what is not get the same answer."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("[]")
    (root / "out").symlink_to(outside)
    answer = client.post("/import", json={"source_path": name})
    assert answer.status_code == 400
    assert "is not within the folders" in answer.json()["error"] or name == "~"
    missing = client.post("/import", json={"source_path": "../missing"})
    assert missing.json()["error"].startswith("../missing is not within")


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_out_of_the_roots_refuses_the_whole_source(
    client: TestClient, app: FastAPI, root: Path, link: str
) -> None:
    """Before anything is read; a link that stays inside is as good as a file."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / NAME).write_bytes(array([words(record(9))]))
    to = outside / NAME if link == "file" else outside
    (root / "history" / f"link-{NAME if link == 'file' else ''}").symlink_to(to)
    answer = client.post("/import", json={"source_path": "history"})
    assert answer.status_code == 400
    assert f"{root}/history/link-" in answer.json()["error"]
    assert str(outside) not in answer.text
    assert app.state.lake.snapshots.days() == []


def test_a_link_within_the_roots_is_followed(client: TestClient, root: Path) -> None:
    """It leads nowhere else."""
    (root / "link").symlink_to(root / "history")
    assert client.post("/import", json={"source_path": "link"}).json()["records_imported"] == {"gex": 5}


def test_the_log_names_the_import_that_a_request_is_about(
    client: TestClient, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of one that begins it, however it ends, and of those that ask about it, follow it or stop it."""
    caplog.set_level(logging.INFO, "gexlake.http")
    import_id = client.post("/import", json={"source_path": "history"}).json()["import_id"]
    for path in ("", "/events"):
        client.get(f"/imports/{import_id}{path}")
    client.delete(f"/imports/{import_id}")
    (root / "history" / NAME).write_bytes(b"nonsense")
    failed = client.post("/import", json={"source_path": "history"})
    client.get("/runs")
    handed = events(
        client.post("/handoff/imports", json=HAND_OVER | {"source": str(root / "history")}, headers=TOKEN).text
    )
    told = [record.msg.get("import_id") for record in caplog.records if record.name == "gexlake.http"]
    begun = [failed.json()["details"]["import_id"], None, handed[0][1]["import_id"]]
    assert (failed.status_code, told) == (400, [import_id] * 4 + begun)


def test_an_answer_at_once_names_where_to_look(client: TestClient, app: FastAPI) -> None:
    """As RFC 7240 has it; the state there ends with the result."""
    answer = client.post("/import", json={"source_path": "history"}, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"] == f"/imports/{answer.json()['import_id']}"
    app.state.import_jobs.get(answer.json()["import_id"]).wait(SECONDS)
    state = client.get(answer.headers["Location"]).json()
    assert (state["status"], state["error"], state["warnings"]) == ("success", None, [])
    assert state["progress"]["snapshots"] == state["result"]["snapshots"]["accepted"] == 5


def test_an_import_that_leaves_no_trace_has_an_empty_lineage(client: TestClient) -> None:
    """The server knows it, though the lineage does not: it is none that there is not."""
    done = client.post("/import", json={"source_path": "history", "validate_only": True}).json()
    for route in ("/lineage", "/rejects"):
        answer = client.get(f"{route}?run={done['import_id']}")
        assert (answer.status_code, answer.json()) == (200, [])


def test_an_import_of_another_process_is_known_from_the_lineage(client: TestClient, app: FastAPI) -> None:
    """Also one that its server's death has interrupted."""
    save(app, make_run("run-7", status=RunStatus.INTERRUPTED))
    state = client.get("/imports/run-7").json()
    assert (state["status"], state["progress"]) == ("interrupted", None)


def test_the_events_of_an_import_of_another_process_are_its_end(client: TestClient, app: FastAPI) -> None:
    """In the words of this server's own; however many of them the client has seen elsewhere."""
    counts = Counts(read=5, accepted=4, rejected=1, strikes=8)
    save(app, make_run("run-7", status=RunStatus.PARTIAL, counts=counts, errors=("torn",), duration_seconds=0.5))
    save(app, make_run("run-8", status=RunStatus.INTERRUPTED))
    ended = {
        "import_id": "run-7",
        "status": "partial",
        "records_imported": {"gex": 4},
        "errors": ["torn"],
        "duration_seconds": 0.5,
    }
    for after in (0, 57):
        stream = client.get(f"/imports/run-7/events?after={after}")
        assert events(stream.text) == [("ended", ended)]
        assert f"id: {after + 1}\n" in stream.text
    ((kind, told),) = events(client.get("/imports/run-8/events").text)
    assert (kind, told["import_id"], told["status"]) == ("ended", "run-8", "failed")
    assert "goes on from there" in told["error"]


def test_an_import_of_another_process_that_has_ended_is_not_stopped(client: TestClient, app: FastAPI) -> None:
    """It is told how it ended, as of this server's own."""
    save(app, make_run("run-7", status=RunStatus.SUCCESS, finished_at=NOON))
    answer = client.delete("/imports/run-7")
    assert (answer.status_code, answer.json()) == (202, client.get("/imports/run-7").json())
    own = client.post("/import", json={"source_path": "history"}).json()["import_id"]
    again = client.delete(f"/imports/{own}")
    assert (again.status_code, again.json()) == (202, client.get(f"/imports/{own}").json())


def test_an_import_that_runs_elsewhere_is_neither_followed_nor_stopped(client: TestClient, app: FastAPI) -> None:
    """And nobody is told that it were; it is no import that there is not."""
    save(app, make_run("run-7"))
    for answer in (client.get("/imports/run-7/events"), client.delete("/imports/run-7")):
        assert (answer.status_code, answer.json()["details"]) == (409, {"import_id": "run-7"})
        assert "neither follow nor stop" in answer.json()["error"]
    assert client.get("/imports/run-7").json()["status"] == "running"


def test_events_tell_of_an_import_from_its_start(client: TestClient) -> None:
    """The last one is the contract's answer; a client that comes back goes on where it was, if it was there at all."""
    done = client.post("/import", json={"source_path": "history"}).json()
    stream = client.get(f"/imports/{done['import_id']}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    told = events(stream.text)
    assert [kind for kind, _ in told] == ["started", "advanced", "finished", "ended"]
    assert told[-1][1] == done
    assert told[-2][1]["files_done"] == 1
    number = stream.text.split("id: ")[-1].split("\n")[0]
    for how in ({"headers": {"Last-Event-ID": str(int(number) - 1)}}, {"params": {"after": int(number) - 1}}):
        again = client.get(f"/imports/{done['import_id']}/events", **how)  # type: ignore[arg-type]
        assert events(again.text) == told[-1:]
    for beyond in (int(number) + 1, 10**20):
        unheard = client.get(f"/imports/{done['import_id']}/events", params={"after": beyond})
        assert events(unheard.text) == told
    assert client.get("/imports/unknown/events").status_code == 404


def test_a_second_import_is_refused_with_the_way_to_the_first(client: TestClient, app: FastAPI) -> None:
    """Not queued."""
    import_id, let_go = hold(app)
    answer = client.post("/import", json={"source_path": "history"})
    assert answer.status_code == 409
    assert answer.json()["details"] == {"import_id": import_id}
    assert answer.headers["Location"] == f"/imports/{import_id}"
    assert client.get(f"/imports/{import_id}").json()["status"] == "running"
    let_go()
    assert client.post("/import", json={"source_path": "history"}).status_code == 200


def test_a_running_import_can_be_stopped(client: TestClient, app: FastAPI) -> None:
    """Its followers hear of it."""
    import_id, let_go = hold(app, until_stopped=True)
    assert client.delete(f"/imports/{import_id}").status_code == 202
    (kind, last) = events(client.get(f"/imports/{import_id}/events").text)[-1]
    assert (kind, last["status"]) == ("ended", "failed")
    assert "goes on from there" in last["error"]
    let_go()
    assert isinstance(app.state.import_jobs.get(import_id).ended, ImportInterrupted)
    assert client.get(f"/imports/{import_id}").json()["status"] == "interrupted"
    assert client.delete("/imports/unknown").status_code == 404


def test_a_server_that_ends_begins_no_import(client: TestClient, app: FastAPI) -> None:
    """It can be asked again later."""
    app.state.import_jobs.stop()
    answer = client.post("/import", json={"source_path": "history"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_where_the_lake_lies_is_told_nobody(client: TestClient, app: FastAPI, tmp_path: Path) -> None:
    """Errors of a run may name it: they are for the command line, too."""
    full = str(DiskFull(str(tmp_path / "lake" / "staging")))

    def run(request: ImportRequest, listener: ProgressListener) -> ImportRun:
        listener.warned(full)
        return make_run(request.import_id or "", status=RunStatus.FAILED, errors=(full,))

    job = app.state.import_jobs.submit(ImportRequest(Path("history")), run)
    assert job.wait(SECONDS)
    for path in (f"/imports/{job.import_id}", f"/imports/{job.import_id}/events"):
        told = client.get(path).text
        assert "The disk is full (lake/staging)" in told
        assert str(tmp_path) not in told


def test_a_fault_is_answered_without_its_words(client: TestClient, app: FastAPI) -> None:
    """They are for the log."""

    def run(_request: ImportRequest, _listener: ProgressListener) -> ImportRun:
        raise ZeroDivisionError("SELECT 1/0")

    job = app.state.import_jobs.submit(ImportRequest(Path("history")), run)
    assert job.wait(SECONDS)
    state = client.get(f"/imports/{job.import_id}").json()
    assert (state["status"], state["result"]) == ("failed", None)
    assert "fault of this server" in state["error"]
    assert "SELECT" not in client.get(f"/imports/{job.import_id}/events").text


def test_a_hand_over_needs_the_token(client: TestClient, root: Path, make_app: Callable[..., FastAPI]) -> None:
    """An app that has none takes nothing over."""
    body = HAND_OVER | {"source": str(root / "history")}
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"{KEY}s"}):
        assert client.post("/handoff/imports", json=body, headers=headers).status_code == 403
    tokenless = make_app(root)
    del tokenless.state.handoff_token
    with TestClient(tokenless) as other:
        assert other.post("/handoff/imports", json=body, headers={"Authorization": "Bearer "}).status_code == 403


def test_a_hand_over_names_any_folder_and_gets_the_whole_run(make_app: Callable[..., FastAPI], root: Path) -> None:
    """Also where no roots are set; its paths may hold any bytes."""
    odd = root.parent / "odd%\udce4"
    (root / "history").rename(odd)
    with TestClient(make_app()) as client:
        source = str(root.parent) + "/odd%25%E4"
        answer = client.post("/handoff/imports", json=HAND_OVER | {"source": source}, headers=TOKEN)
    told = events(answer.text)
    assert [kind for kind, _ in told] == ["begun", "started", "advanced", "finished", "ended"]
    run = ImportRun.model_validate(told[-1][1]["run"])
    assert (run.import_id, run.counts.accepted) == (told[0][1]["import_id"], 5)
    assert run.days[0].feed.category == "gex_zero"


@pytest.mark.parametrize(
    ("route", "change", "told"),
    [
        ("imports", {"hurry": True}, "hurry is not known"),
        ("imports", {"resume": ...}, "resume is missing"),
        ("imports", {"feeds": {"strikes": [25_000]}}, "feeds holds something that is not known"),
        ("dismissals", {"chosen": {"age": 5}, "undo": False}, "chosen holds something that is not known"),
    ],
    ids=str,
)
def test_what_a_command_of_another_version_wants_is_refused(
    client: TestClient, root: Path, route: str, change: dict[str, Any], told: str
) -> None:
    """Rather than done without what this one does not know, or with what that one did not mean."""
    body = (HAND_OVER | {"source": str(root / "history")} if route == "imports" else {}) | change
    said = client.post(f"/handoff/{route}", json={name: v for name, v in body.items() if v is not ...}, headers=TOKEN)
    assert (said.status_code, told in said.json()["error"]) == (400, True), said.text
    assert client.get("/runs").json() == []
