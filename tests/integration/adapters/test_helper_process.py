"""The process that helps: it does what it is asked, gives way, and its end is noticed whenever it comes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gexlake.adapters.processes.helper_process import CallHere, HelperGone, helper_process

LARGE = 10_000_000

LEFT_ALONE = """
import os, time
from gexlake.adapters.processes.helper_process import helper_process
if __name__ == "__main__":
    with helper_process() as call:
        print(call(os.getpid), flush=True)
        os.kill(os.getpid(), 9)
"""

STANDING_STILL = """
import os, signal, threading
from contextlib import suppress
from gexlake.adapters.processes.helper_process import HelperGone, helper_process

def wait():
    with suppress(HelperGone), helper_process() as call:
        print(call(os.getpid), flush=True)
        begun.set()
        call(signal.raise_signal, signal.SIGSTOP)

if __name__ == "__main__":
    begun = threading.Event()
    threading.Thread(target=wait, daemon=True).start()
    begun.wait()
"""


def fail() -> None:
    """Raise something."""
    raise KeyError("strike")


def wait_until_it_waits(pid: int) -> None:
    """Wait until a process has nothing to do but to wait, and go on doing so for a while."""
    seen = ""
    while not seen.endswith("S" * 5):
        time.sleep(0.01)
        seen += Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_does_one_thing_after_another():
    """In another process, which gives way and ends with the block; what is raised there is raised here."""
    with helper_process() as call:
        pids = {call(os.getpid), call(os.getpid)}
        assert len(pids) == 1
        assert pids != {os.getpid()}
        assert call(os.nice, 0) == 19
        with pytest.raises(KeyError, match="strike"):
            call(fail)
        assert call(int, "20", base=3) == 6
        call(os.kill, *pids, signal.SIGTERM)
        assert call(abs, -1) == 1
    assert active_children() == []


def test_its_end_is_noticed():
    """By whoever asks next."""
    with helper_process() as call:
        os.kill(call(os.getpid), signal.SIGKILL)
        with pytest.raises(HelperGone):
            call(abs, -1)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks in /proc what a process does")
@pytest.mark.parametrize("make", [bytes, partial(np.zeros, dtype=np.uint8)], ids=["copied", "lent"])
def test_its_end_is_noticed_while_it_sends(make: Callable[[int], object]):
    """Of a result that does not fit into a pipe, some has been sent then."""
    with helper_process() as call:
        pid = call(os.getpid)
        found = call.each(make, [LARGE, LARGE])
        next(found)
        wait_until_it_waits(pid)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(HelperGone):
            next(found)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at the processes in /proc")
def test_it_ends_when_the_main_process_is_killed():
    """At once, whatever it is doing."""
    program = subprocess.run([sys.executable, "-c", LEFT_ALONE], check=False, capture_output=True, text=True)
    assert program.returncode == -signal.SIGKILL
    status = Path(f"/proc/{int(program.stdout)}/status")
    deadline = time.monotonic() + 30
    while status.exists() and "State:\tZ" not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_one_that_stands_still_does_not_keep_the_main_process_from_its_end():
    """Whoever waits for it is a thread that nobody waits for."""
    program = [sys.executable, "-c", STANDING_STILL]
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_the_next_thing_is_done_meanwhile():
    """One is asked for beyond that which is waited for; each result comes beside what it is of, and errors too."""
    taken: list[str] = []

    def numbers() -> Iterator[str]:
        for text in ("1", "20", "x", "3"):
            taken.append(text)
            yield text

    with helper_process() as call:
        found = call.each(int, numbers())
        assert next(found) == ("1", 1)
        assert taken == ["1", "20"]
        assert next(found) == ("20", 20)
        with pytest.raises(ValueError, match="'x'"):
            next(found)


def test_memory_that_is_lent_arrives_as_it_is():
    """Of any size and however much, in both directions; beside what is copied."""
    rows = [np.arange(count, dtype=np.float64) for count in (0, 1, 1_000_000, 3)]
    with helper_process() as call:
        found = call(dict, rows=rows, text=pa.py_buffer(b"ladder"), name="NQ_NDX")
    assert [one.tolist() for one in found["rows"]] == [one.tolist() for one in rows]
    assert (found["text"].to_pybytes(), found["name"]) == (b"ladder", "NQ_NDX")


def test_long_questions_with_long_answers_do_not_wait_for_each_other():
    """Neither process reads while it writes what no pipe takes at once."""
    given = [bytes([letter]) * (1 << 20) for letter in b"abc"]
    with helper_process() as call:
        assert list(call.each(bytes.upper, given)) == [(one, one.upper()) for one in given]


@pytest.mark.parametrize("many", [0, 1, 5])
def test_each_thing_is_done_once(many: int):
    """In order; then something else can be asked."""
    with helper_process() as call:
        expected = [(-n, n) for n in range(many)]
        assert list(call.each(abs, range(0, -many, -1))) == expected == list(CallHere().each(abs, range(0, -many, -1)))
        assert call(abs, -7) == 7
