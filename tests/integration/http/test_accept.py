"""What ``Accept`` chooses, over real connections: whichever way an answer takes, it is in the same form."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.server import Server

#: The lines of the header, and the form that they choose; None is 406.
TABLE: tuple[tuple[tuple[str, ...], str | None], ...] = (
    ((), "application/json"),
    (("",), "application/json"),
    ((" , ,",), "application/json"),
    (("*/*",), "application/json"),
    (("*; q=.2, */*; q=.2",), "application/json"),
    (("application/json;q=0, */*",), "application/x-ndjson"),
    (("*/*, application/json;q=0.9",), "application/x-ndjson"),
    (("application/json;q=0",), None),
    (("application/json;q=0", "*/*;q=0.000"), None),
    (("application/*;q=0, */*;q=0.1",), "text/csv"),
    (("application/*;q=0.1, text/*;q=0, application/vnd.apache.arrow.stream",), "application/vnd.apache.arrow.stream"),
    (("text/*;q=1, text/csv;q=0.2, application/json;q=0.3",), "application/json"),
    (("application/json;q=0.5", "text/csv;q=0.9"), "text/csv"),
    (("image/png", "application/jsonl"), "application/x-ndjson"),
    (("image/png",), None),
    (("APPLICATION/VND.APACHE.PARQUET ; Q=1.000 , text/csv; q=0.999",), "application/vnd.apache.parquet"),
    (("application/json; charset=utf-8",), "application/json"),
    (('text/csv;title="a, application/json;q=1";q=0.1, application/x-ndjson;q=0.2',), "application/x-ndjson"),
    (('text/csv;title="a, application/json',), "text/csv"),
    (("text/csv;q=oops, application/json;q=0.9",), "text/csv"),
    (("application/json;q=0.9, text/csv;q=2",), "text/csv"),
    (("application/json;q=0.9, text/csv;q=-1",), "text/csv"),
    (("application/json;q=0.9, text/csv;q=nan",), "text/csv"),
    (("text/csv;q, application/json;q=",), "text/csv"),
    (("text/csv;q=0, text/csv, application/json;q=0.5",), "text/csv"),
)
LATEST = "/gex/latest?symbol=NQ_NDX"
#: A parameter that is given twice leads past the shortcuts to the framework. The same question again is ready.
WAYS = (f"{LATEST}&symbol=NQ_NDX", LATEST, LATEST, "/gex?symbol=NQ_NDX&limit=1", "/feeds")


@pytest.fixture(scope="module")
def server(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a lake with some snapshots."""
    folder = tmp_path_factory.mktemp("accept")
    write_history(folder / "history", days=1, snapshots=5)
    assert commands("import", folder / "history", "--lake", folder / "lake").status == 0
    with Server(folder / "lake", commands) as running:
        yield running
        assert running.stop() == 0


def chosen(server: Server, path: str, lines: tuple[str, ...]) -> tuple[int, str | None, str | None]:
    """Ask with some header lines; give the status, the form and what the answer says that it varies with."""
    with closing(server.connect()) as connection:
        connection.putrequest("GET", path)
        for line in lines:
            connection.putheader("Accept", line.encode("latin-1"))
        connection.endheaders()
        response = connection.getresponse()
        response.read()
        form = response.headers.get_content_type() if response.status == 200 else None
        return response.status, form, response.headers["Vary"]


@pytest.mark.parametrize(("lines", "form"), TABLE)
def test_every_way_chooses_the_same_form(server: Server, lines: tuple[str, ...], form: str | None):
    """The framework's, the shortcut's, that of what is ready, and routes without shortcuts."""
    expected = (406 if form is None else 200, form, "Accept")
    assert [chosen(server, path, lines) for path in WAYS] == [expected] * len(WAYS)
