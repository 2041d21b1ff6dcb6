"""The progress of an import as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from fastapi.sse import ServerSentEvent

from ....application.importing.job import EventKind, Job

#: Makes the data of a job's last event.
TellEnd = Callable[[Job], dict[str, Any]]


def describe_events(published: dict[str, Any]) -> None:
    """Have an OpenAPI document say of streams of events what its version knows: ``itemSchema`` came with 3.2."""
    for operations in published["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for media in response.get("content", {}).values():
                    if media.pop("itemSchema", None) is not None:
                        media["schema"] = {"type": "string"}


async def follow(
    job: Job, after: int, tell_end: TellEnd, text: Callable[[str], str] = str
) -> AsyncIterator[ServerSentEvent]:
    """Give the events of a job with higher numbers, those to come too; ends with the job.

    A number that the job has not given yet counts for none: whoever names it would otherwise never hear of the end.
    ``text`` makes of a warning what is told.
    """
    news = asyncio.Event()
    after = after if after <= job.last_number else 0
    with job.listening(_setting(news)):
        while True:
            news.clear()
            over = job.over  # before the events: if it is, the last one is among them
            for event in job.events(after):
                after = event.number
                if event.kind is EventKind.ENDED:
                    data = tell_end(job)
                else:
                    data = asdict(event.progress) if event.progress else {"message": text(event.message)}
                yield ServerSentEvent(id=str(after), event=event.kind.value, data=data)
            if over:
                return
            await news.wait()


async def end_of(job: Job) -> None:
    """Wait for the end of a job without holding a thread."""
    news = asyncio.Event()
    with job.listening(_setting(news)):
        while not job.over:
            await news.wait()
            news.clear()


def _setting(news: asyncio.Event) -> Callable[[], None]:
    """Give what sets an event of this loop from another thread."""
    loop = asyncio.get_running_loop()

    def hear() -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody follows any more
            loop.call_soon_threadsafe(news.set)

    return hear
