"""What makes a fork the program ``gexlake``, as Python runs it: its streams, its entry, and the end of the interpreter.

For tests of what becomes of the streams. They are open files that a test hands over, and opened as Python opens them.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from io import TextIOWrapper
from typing import Any, BinaryIO, cast

from support.forker import FILES


def begin_program(job: dict[str, Any]) -> int:
    """Begin one; give the number of its process. In that process, this ends as the program does."""
    with socket.socket(fileno=os.dup(int(os.environ[FILES]))) as hand:
        _, files, _, _ = socket.recv_fds(hand, 1, 3)
    child = os.fork()
    if child == 0:
        for number, file in enumerate(files):
            os.dup2(file, number)
    for file in files:
        os.close(file)
    if child == 0:
        os.close(int(os.environ.pop(FILES)))
        _begin_as_from_a_shell()
        os.environ.update(job["environment"])
        tempfile.tempdir = None  # it may lie elsewhere now
        sys.path[1:1] = filter(None, job["environment"].get("PYTHONPATH", "").split(os.pathsep))
        for number in job["closed"]:
            os.close(number)
        sys.stdin, sys.stdout, sys.stderr = (None if n in job["closed"] else _opened(n) for n in range(3))
        sys.argv = ["gexlake", *job["program"]]
        from gexlake.entrypoints.cli.startup.start import main

        main()
    return child


def _begin_as_from_a_shell() -> None:
    """Heed all signals, whatever the process that runs the tests does not want to hear."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        signal.signal(number, handler)


def _opened(number: int) -> TextIOWrapper:
    """Open a stream as Python does: stderr and terminals a line at a time, without a buffer if that is wanted."""
    at_once = number > 0 and bool(os.environ.get("PYTHONUNBUFFERED"))
    buffer = open(number, "wb" if number else "rb", 0 if at_once else -1, closefd=False)  # noqa: SIM115
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    return TextIOWrapper(
        cast("BinaryIO", buffer),
        encoding,
        "backslashreplace" if number == 2 else errors or "strict",
        newline="\n" if number else None,
        line_buffering=number == 2 or (number == 1 and buffer.isatty()),
        write_through=at_once,
    )
