"""The entry of ``gexlake``, which loads nothing of it: workers load what their main program does, each for itself."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from io import FileIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast

from ..ending.exit_statuses import STOPPED

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STDERR = 2
#: The disk with the log is full, or the terminal is gone.
_NOT_TAKEN = {ENOSPC, EDQUOT, EFBIG, EIO}


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    open_closed_streams()
    wait_for_readers()
    go_on_unheard()
    stops = _heed_stops()
    # numpy would start threads for linear algebra, in each process, which spin for a while and find nothing to do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] in (["import"], ["serve"]):
        from .early_workers import start_workers_early

        start_workers_early(*sys.argv[1:])
    from ..main import main as run

    # An import loads a lot before it begins, and heeds them itself from there.
    for number, handler in () if sys.argv[1:2] == ["import"] else stops:
        signal.signal(number, handler)
    run()


def _heed_stops() -> list[tuple[int, Any]]:
    """Leave at once when asked to stop, for nothing has begun; give the signals and what heeded them before."""
    heard = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    stops: list[tuple[int, Any]] = [
        (number, handler) for number, handler in heard if handler is not signal.SIG_IGN
    ]  # as nohup has it
    for number, _ in stops:
        signal.signal(number, _leave)
    return stops


def _leave(*_: object) -> NoReturn:
    with suppress(OSError):
        os.write(_STDERR, b"\nStopped.\n")
    os._exit(STOPPED)


def open_closed_streams() -> None:
    """Let whatever is said where a stream is closed go nowhere: the next file to be opened would take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def wait_for_readers() -> None:
    """Have streams wait until what is written is taken: who shares them may have said otherwise, and it would be lost.

    Whether one waits belongs to the pipe or terminal, not to a process: a program before this one may have left it so.
    """
    for number in range(3):
        with suppress(OSError, AttributeError):  # Windows knows no such thing before Python 3.12
            if not os.get_blocking(number):
                os.set_blocking(number, True)


class _Stderr(FileIO):
    """Stderr without a buffer, on which what is not taken goes nowhere."""

    def write(self, words: ReadableBuffer, /) -> int:
        """Write what can be written, and count all of it as written."""
        left = memoryview(words)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            if error.errno not in _NOT_TAKEN:
                raise
        return len(memoryview(words))


def go_on_unheard() -> None:
    """Let no command end because the log that its stderr leads to has no room left, or its terminal is gone."""
    told = sys.stderr
    if isinstance(told, TextIOWrapper) and type(getattr(told.buffer, "raw", told.buffer)) is FileIO:
        stream = _Stderr(told.fileno(), "w", closefd=False)
        # A stream of text asks of what is under it no more than a file without a buffer can do.
        sys.stderr = TextIOWrapper(cast("BinaryIO", stream), told.encoding, told.errors, line_buffering=True)
