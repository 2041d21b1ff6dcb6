"""HEAD from a real server: what GET says of its answer, and the connection is free for the next question."""

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.server import Server, gexlake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of one small day."""
    folder = tmp_path_factory.mktemp("head")
    write_history(folder / "history", days=1, snapshots=60)
    assert gexlake("import", folder / "history", "--lake", folder / "lake").returncode == 0
    return folder / "lake"


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
def test_head_is_get_without_its_answer(lake: Path, path: str, status: int) -> None:
    """Twice on one connection, which no byte of a body stands in the way of; and before GET as after it."""
    with Server(lake) as server, closing(server.connect()) as connection:
        first = asked(connection, "HEAD", path)
        got = asked(connection, "GET", path)
        assert (got[0], first[2], bool(got[2])) == (status, b"", True)
        assert first == asked(connection, "HEAD", path) == (*got[:2], b"")


def test_head_counts_as_what_it_is(lake: Path) -> None:
    """In the metrics, by its route; and a path without GET has no HEAD either."""
    with Server(lake) as server, closing(server.connect()) as connection:
        asked(connection, "HEAD", "/gex/latest?symbol=NQ_NDX")
        assert asked(connection, "HEAD", "/import")[0] == 405
        counted = asked(connection, "GET", "/metrics")[2].decode()
    assert 'gexlake_http_requests_total{method="HEAD",route="/gex/latest",status="200"} 1.0' in counted
