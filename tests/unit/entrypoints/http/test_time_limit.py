"""What becomes of work that nobody waits for any more."""

import asyncio
import threading
from typing import Any

import anyio
import anyio.to_thread
from starlette.types import Message, Receive, Scope, Send

from gexlake.entrypoints.http.guards.time_limit import TimeLimit


async def ask(app: Any) -> int:
    """Send one request, and give the status of the answer."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send)
    status: int = sent[0]["status"]
    return status


def test_a_thread_that_is_late_keeps_its_place() -> None:
    """Or threads would grow in number while a disk stands still; those that wait for a place never begin."""

    async def ask_a_disk_that_stands_still() -> None:
        places, disk, begun = anyio.CapacityLimiter(1), threading.Event(), []

        def read() -> None:
            begun.append(threading.get_ident())
            disk.wait(20)

        async def app(_: Scope, __: Receive, ___: Send) -> None:
            await anyio.to_thread.run_sync(read, limiter=places)

        limited = TimeLimit(app, 0.05)
        assert [await ask(limited) for _ in range(3)] == [504] * 3
        assert (len(begun), places.borrowed_tokens) == (1, 1)
        disk.set()
        async with places:
            assert len(begun) == 1

    asyncio.run(ask_a_disk_that_stands_still())
