"""Structured logs: lines of text or JSON that carry the id of their request."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from ...settings.model import Settings

#: The id of the request that the lines of the running thread or task are about.
_REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def _about(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if (request_id := _REQUEST_ID.get()) is not None:
        event.setdefault("request_id", request_id)
    return event


#: What every line gets, whoever writes it: structlog's users here, or libraries that know logging only.
_SHARED: tuple[Processor, ...] = (
    _about,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_REQUESTS = logging.getLogger("gexlake.http")


class _Request(dict[str, Any]):
    """The facts of a request: words and numbers that stand in a line as they are."""


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes the lines of requests itself, which are most of all, and has structlog write the others alike."""

    def __init__(self, write: Callable[[dict[str, Any]], str], processors: list[Processor]) -> None:
        super().__init__(foreign_pre_chain=_SHARED, processors=processors)
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        if not isinstance(record.msg, _Request):
            return super().format(record)
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")[:-6] + "Z"
        around = {"level": record.levelname.lower(), "logger": record.name, "timestamp": moment}
        return self._write({**record.msg, **around})


def _text(facts: dict[str, Any]) -> str:
    told = {name: facts.pop(name) for name in ("timestamp", "level", "event", "logger")}
    rest = " ".join([f"{name}={facts[name]}" for name in sorted(facts)])
    return f"{told['timestamp']} [{told['level']:<9}] {told['event']:<30} [{told['logger']}] {rest}"


def logs_requests(level: int) -> bool:
    """Say whether lines about requests are written at a level."""
    return _REQUESTS.isEnabledFor(level)


def log_request(level: int, facts: dict[str, Any]) -> None:
    """Log what a request was and became; no value of the facts may have spaces or quotes in it."""
    if logs_requests(level):
        _REQUESTS.handle(_REQUESTS.makeRecord(_REQUESTS.name, level, "", 0, _Request(facts), (), None))


def log_handler(settings: Settings, stream: TextIO) -> logging.Handler:
    """Make a handler that writes lines as the settings say."""
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    # Tracebacks without local variables: a key may be among them.
    if settings.log_format == "json":
        transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        last += [structlog.processors.ExceptionRenderer(transform), structlog.processors.JSONRenderer()]
        write: Callable[[dict[str, Any]], str] = json.dumps
    else:
        plain = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)
        last.append(console)
        write = (lambda facts: str(console(None, "", facts))) if stream.isatty() else _text
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(write, last))
    handler.setLevel(settings.log_level.upper())
    return handler


def install_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Have all logs of this process written as the settings say; for the program that serves, once."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    root.addHandler(log_handler(settings, stream or sys.stderr))
    root.setLevel(settings.log_level.upper())


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Give a logger of structured lines, which go through logging; nothing is configured globally for it."""
    logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        context_class=dict,
    )
    return logger


def bind_request(request_id: str) -> None:
    """Have the lines that this task, or thread, writes from here on carry the id of a request."""
    _REQUEST_ID.set(request_id)
