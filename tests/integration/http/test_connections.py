"""What never becomes a request of the application, over real connections."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from gexlake.entrypoints.http.connections import MOST_HEAD
from support.commands import Commands
from support.server import SECONDS, Server


@pytest.fixture(scope="module")
def server(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a lake that is empty."""
    with Server(tmp_path_factory.mktemp("connections") / "lake", commands) as started:
        yield started


def sent(server: Server, *written: bytes) -> tuple[bytes, bytes]:
    """Write to a server until it hangs up; give head and body of its answer."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), SECONDS) as connection:
        for some in written:
            connection.sendall(some)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.lower(), body


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /health HTTP/1.1\r\nBad Name: 1\r\n\r\n",
        b"GET /health?%b HTTP/1.1\r\n\r\n" % (b"a" * (1 << 16)),
    ],
    ids=["no request", "no header", "a long first line"],
)
def test_what_is_no_request_is_refused_like_all_else(server: Server, request_: bytes) -> None:
    """As JSON, in a sentence with the cure."""
    head, body = sent(server, request_)
    assert head.startswith(b"http/1.1 400 bad request\r\n")
    assert b"content-type: application/json" in head
    assert f"content-length: {len(body)}".encode() in head
    told = json.loads(body)
    assert told["error"].startswith("The request cannot be read: ")
    assert told["details"] == {"reason": "Invalid HTTP request received."}


def test_a_head_without_an_end_is_refused(server: Server) -> None:
    """What a server holds of a request that is not there yet has a bound; a long head is none of these."""
    long = b"X-Long: %b\r\n" % (b"a" * (MOST_HEAD // 2))
    assert sent(server, b"GET /health HTTP/1.1\r\nConnection: close\r\n", long, b"\r\n")[0].startswith(
        b"http/1.1 200 ok"
    )

    head, body = sent(server, b"GET /health HTTP/1.1\r\n", long, long)
    assert head.startswith(b"http/1.1 431 request header fields too large\r\n")
    assert json.loads(body) == {
        "error": f"The head of the request is too long. Send at most {MOST_HEAD} bytes of headers.",
        "details": {"max_bytes": MOST_HEAD},
    }


def test_who_sends_all_before_reading_hears_why_it_was_refused(server: Server) -> None:
    """However much goes on coming: a head, a body that tells its length, one in chunks."""
    head, body = sent(server, b"GET /health HTTP/1.1\r\n", *[b"X-Long: %b\r\n" % (b"a" * MOST_HEAD)] * 8)
    assert head.startswith(b"http/1.1 431 request header fields too large\r\n")
    assert "is too long" in json.loads(body)["error"]
    large = b"[%b]" % (b" " * (1 << 23))
    for content in (large, (large[n : n + MOST_HEAD] for n in range(0, len(large), MOST_HEAD))):
        with closing(server.connect()) as connection:
            connection.request("POST", "/import", content, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status == 413
            assert json.load(answer) == {
                "error": "The request is too large. Send at most 1048576 bytes; "
                "files to import are named by their path on the server, not sent.",
                "details": {"max_bytes": 1 << 20},
            }


def test_requests_follow_each_other_on_a_connection(server: Server) -> None:
    """However much they have sent together: each head begins anew."""
    one = b"GET /health HTTP/1.1\r\nX-Long: %b\r\n\r\n" % (b"a" * (MOST_HEAD // 4))
    last = b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"
    head, body = sent(server, *[one] * 6, last)
    assert (head + body.lower()).count(b"http/1.1 200 ok") == 7
