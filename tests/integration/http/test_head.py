"""HEAD from a real server: what GET says of its answer, and the connection is free for the next question."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.server import Server


@pytest.fixture(scope="module")
def server(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a lake of one small day."""
    folder = tmp_path_factory.mktemp("head")
    write_history(folder / "history", days=1, snapshots=60)
    assert commands("import", folder / "history", "--lake", folder / "lake").status == 0
    with Server(folder / "lake", commands) as running:
        yield running


def asked(connection: HTTPConnection, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """Ask, and give the status, what does not differ from time to time of the headers, and the body."""
    connection.request(method, path)
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return response.status, {name: headers[name] for name in headers.keys() - {"x-request-id", "date"}}, response.read()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/gex/latest?symbol=NQ_NDX", 200),
        ("/gex?symbol=NQ_NDX&limit=60&format=ndjson", 200),
        ("/docs", 200),
        ("/gex/latest?symbol=NOPE", 404),
        ("/gex?symbol=NQ_NDX&start=x", 400),
        ("/nowhere", 404),
    ],
)
def test_head_is_get_without_its_answer(server: Server, path: str, status: int) -> None:
    """Twice on one connection, which no byte of a body stands in the way of; and before GET as after it."""
    with closing(server.connect()) as connection:
        first = asked(connection, "HEAD", path)
        got = asked(connection, "GET", path)
        assert (got[0], first[2], bool(got[2])) == (status, b"", True)
        assert first == asked(connection, "HEAD", path) == (*got[:2], b"")


def test_head_counts_as_what_it_is(server: Server) -> None:
    """In the metrics, by its route; and a path without GET has no HEAD either."""
    with closing(server.connect()) as connection:
        asked(connection, "HEAD", "/gex/at?symbol=NQ_NDX&timestamp=2100-01-01")
        assert asked(connection, "HEAD", "/import")[0] == 405
        counted = asked(connection, "GET", "/metrics")[2].decode()
    assert 'gexlake_http_requests_total{method="HEAD",route="/gex/at",status="200"} 1.0' in counted
