"""Structured logs: lines of text or JSON that carry the ids of their request and run."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from ..settings import Settings

#: What every line gets, whoever writes it: structlog's users here, or libraries that know logging only.
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def log_handler(settings: Settings, stream: TextIO) -> logging.Handler:
    """Make a handler that writes lines as the settings say."""
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    # Tracebacks without local variables: a key may be among them.
    if settings.log_format == "json":
        transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        last += [structlog.processors.ExceptionRenderer(transform), structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        last.append(structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=last))
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


def bind_run(import_id: str) -> None:
    """Have the lines that this task, or thread, writes from here on carry the id of an import run."""
    structlog.contextvars.bind_contextvars(import_id=import_id)
