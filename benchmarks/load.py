"""An open-loop load generator: questions arrive when they arrive, whether or not the server has answered others.

A program of its own, so that it does not share an interpreter with anything. It reads a plan from its standard input
and prints what it saw. A latency runs from the moment at which the question was due to the last byte of its answer, so
time that a question waited for a connection counts, and so does time by which the generator itself was late. How late
it was is told apart (``lag_ms``).

With ``rate`` 0 the loop is closed instead: one client, which asks when it has its answer.
"""

from __future__ import annotations

import gc
import json
import random
import select
import socket
import sys
import time
from collections import deque
from typing import Any

import httptools
from figures import percentile
from machine import cores, stolen

_CONNECTIONS = 256
#: A client alone asks at least so often, however long that takes.
_FEWEST = 5
#: How long answers may still come in after the last question.
_GRACE = 30.0


class Connection:
    """A connection that is kept open; one question at a time."""

    def __init__(self, generator: Generator, address: tuple[str, int]) -> None:
        self._generator = generator
        self._socket = socket.create_connection(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._parser = httptools.HttpResponseParser(self)
        self._due = 0.0
        self._size = 0

    def fileno(self) -> int:
        """Give the number of the socket."""
        return self._socket.fileno()

    def ask(self, request: bytes, due: float) -> None:
        """Send a question that was due at a moment."""
        self._due = due
        try:
            sent = self._socket.send(request)
        except OSError:
            sent = 0
        if sent < len(request):
            self._end()

    def read(self) -> None:
        """Take what has come; nothing means that the server hung up, and that a question has no answer."""
        try:
            size = self._socket.recv_into(self._generator.room)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if size:
            self._parser.feed_data(self._generator.room[:size])
        else:
            self._end()

    def on_body(self, body: bytes) -> None:
        """Count the bytes of an answer."""
        self._size += len(body)

    def on_message_complete(self) -> None:
        """Report an answer."""
        due, size, status = self._due, self._size, self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        self._due, self._size = 0.0, 0
        self._generator.answered(self, due, size, status)

    def _end(self) -> None:
        self._generator.lost(self, asking=self._due > 0)
        self._socket.close()


class Generator:
    """Asks what a plan says, and collects what comes of it."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        head = f" HTTP/1.1\r\nHost: {plan['host']}:{plan['port']}\r\nAccept: */*\r\n\r\n"
        self._requests = [f"GET {path}{head}".encode() for path in plan["paths"]]
        self._address = plan["host"], plan["port"]
        self._events = select.epoll()
        self._open: dict[int, Connection] = {}
        self._free: deque[Connection] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._counts_from = 0.0
        #: Where what comes is put; to have as much room anew for each piece takes the system longer than to fill it.
        self.room = memoryview(bytearray(1 << 18))
        self.latencies: list[float] = []
        self.lags: list[float] = []
        self.failed = 0
        self.bytes = 0
        self.out = 0

    def run(self) -> dict[str, Any]:
        """Ask, and give the figures."""
        dice = random.Random(self._plan["seed"])  # noqa: S311  questions, not secrets
        begun, stolen_before = time.perf_counter(), stolen()
        self._counts_from = begun + self._plan["warm_up"]
        until = self._counts_from + self._plan["seconds"]
        if rate := self._plan["rate"]:
            self._open_loop(dice, rate, begun, until)
        else:
            self._closed_loop(dice, until)
        asked = time.perf_counter()
        while self.out and (left := asked + _GRACE - time.perf_counter()) > 0:
            self._listen(left)
        over = time.perf_counter()
        self.failed += self.out
        lost = (stolen() - stolen_before) / (over - begun) / cores()
        return self._figures(over - self._counts_from) | {"stolen_share": lost}

    def _open_loop(self, dice: random.Random, rate: float, begun: float, until: float) -> None:
        """Ask at random moments, of which there are so many a second (a Poisson process)."""
        due = begun + dice.expovariate(rate)
        while due < until:
            now = time.perf_counter()
            self._listen(due - now)  # also if it is late: answers must be read although the questions wait
            now = time.perf_counter()
            while due <= now and due < until:
                self.lags.append(time.perf_counter() - due)
                self._ask(dice.choice(self._requests), due)
                due += dice.expovariate(rate)

    def _closed_loop(self, dice: random.Random, until: float) -> None:
        """Ask one question after the other."""
        self._connect()
        while (time.perf_counter() < until or len(self.latencies) < _FEWEST) and self._free:
            self._ask(dice.choice(self._requests), time.perf_counter())
            while self.out:
                self._listen(_GRACE)

    def _ask(self, request: bytes, due: float) -> None:
        self.out += 1
        if self._free:
            self._free.pop().ask(request, due)
        else:
            self._waiting.append((request, due))
            if len(self._open) < _CONNECTIONS:
                self._connect()

    def _connect(self) -> None:
        """Open one more connection, and have it take what waits longest."""
        connection = Connection(self, self._address)
        self._open[connection.fileno()] = connection
        self._events.register(connection.fileno(), select.EPOLLIN)
        self._take(connection)

    def _take(self, connection: Connection) -> None:
        if self._waiting:
            connection.ask(*self._waiting.popleft())
        else:
            self._free.append(connection)

    def _listen(self, seconds: float) -> None:
        """Read what comes within a time, at least what is there."""
        # select(2) wakes to the microsecond; epoll(7) is asked in whole milliseconds, too coarse for what is measured.
        if select.select([self._events], [], [], max(0.0, seconds))[0]:
            for number, _ in self._events.poll(0):
                if connection := self._open.get(number):
                    connection.read()

    def answered(self, connection: Connection, due: float, size: int, status: int) -> None:
        """Note an answer; the connection is free again."""
        self.out -= 1
        if due >= self._counts_from:
            self.latencies.append(time.perf_counter() - due)
            self.bytes += size
            self.failed += status != 200
        self._take(connection)

    def lost(self, connection: Connection, *, asking: bool) -> None:
        """Note that the server hung up."""
        del self._open[connection.fileno()]
        if connection in self._free:
            self._free.remove(connection)
        if asking:
            self.out -= 1
            self.failed += 1

    def _figures(self, seconds: float) -> dict[str, Any]:
        ordered, lags = sorted(self.latencies), sorted(self.lags) or [0.0]
        if not ordered:
            raise SystemExit(f"no answer came, {self.failed} questions failed")
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1}
        return {
            "answers": len(ordered),
            "failed": self.failed,
            "a_second": len(ordered) / seconds,
            "bytes_an_answer": self.bytes / len(ordered),
            "connections": len(self._open),
            "processor_share": time.process_time() / seconds,
            **{f"{name}_ms": percentile(ordered, share) * 1e3 for name, share in shares.items()},
            "lag_ms": percentile(lags, 0.99) * 1e3,
        }


def main() -> None:
    """Read the plan, ask, print."""
    plan = json.load(sys.stdin)
    gc.disable()
    print(json.dumps(Generator(plan).run()))


if __name__ == "__main__":
    main()
