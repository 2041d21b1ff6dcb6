"""The connections of a server: what never becomes a request of the application is refused as all else is."""

from __future__ import annotations

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .refusing.refusals import HEARD_OUT, refusal

#: Bytes that a request may have before its body; far more than what comes at a time, which may end in another request.
MOST_HEAD = 1 << 20
_NOT_READ = (
    "The request cannot be read: it is no HTTP/1.1, or its first line is too long. Ask with a client that speaks HTTP, "
    "such as curl; GET /docs says what for."
)


class Connection(HttpToolsProtocol):
    """A connection as uvicorn keeps it; on its own it refuses in plain text, and gathers heads without an end."""

    #: How long the head of a request is so far; None while there is none, or once it is whole.
    _head: int | None = None
    #: Whether the client has its answer; it may still be sending.
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Hear what the client has sent."""
        if self._refused:
            return
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_HEAD:
                sentence = f"The head of the request is too long. Send at most {MOST_HEAD} bytes of headers."
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, sentence, {"max_bytes": MOST_HEAD})

    def on_message_begin(self) -> None:
        """Hear that a request begins."""
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        """Hear that the head of a request is whole."""
        super().on_headers_complete()
        self._head = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; uvicorn has no more to say of it than that."""
        self._refuse(HTTPStatus.BAD_REQUEST, _NOT_READ, {"reason": msg})

    def _refuse(self, status: HTTPStatus, sentence: str, details: dict[str, object]) -> None:
        self._head, self._refused = None, True
        answer = refusal(status, sentence, details, {"Connection": "close"})
        fields = (*self.server_state.default_headers, *answer.raw_headers)
        head = b"".join(b"%b: %b\r\n" % field for field in fields)
        line = f"HTTP/1.1 {status} {status.phrase}\r\n".encode()
        self.transport.write(b"%b%b\r\n%b" % (line, head, bytes(answer.body)))
        if getattr(self.cycle, "response_complete", True):  # there may be none
            self.transport.write_eof()
            self.loop.call_later(HEARD_OUT, self.transport.close)
        else:  # what answers an earlier request must find it closed
            self.transport.close()
