"""The pool of processes: it works, leaves interrupts alone, and leaves no workers behind."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gexlake.adapters.processes.process_pool import ProcessWorkPool
from gexlake.domain.errors import TooLittleLeft
from support import loaded_by_worker

HISTORY = Path(__file__).parents[2] / "fixtures" / "history"
#: Libraries whose modules take long to load, and gexlake's own.
LARGE = {"gexlake", "numpy", "pyarrow", "pydantic", "simdjson"}

VANISHING = """
import os, sys, time
from gexlake.adapters.processes.process_pool import ProcessWorkPool
if __name__ == "__main__":
    executor = ProcessWorkPool(preload=["pyarrow.parquet"]).executor(2)
    pids = set()
    while len(pids) < 2:
        pids |= set(executor.map(os.getpgid, [0, 0])) and {process.pid for process in executor._processes.values()}
    for _ in range(2):
        executor.submit(time.sleep, 60)
    time.sleep(0.3)
    print(*pids, flush=True)
    os.kill(os.getpid(), 9)
"""

YIELDING = """
import os
from gexlake.adapters.processes.process_pool import ProcessWorkPool

if __name__ == "__main__":
    with ProcessWorkPool(gives_way=True, preload=["gexlake.domain.errors"]).executor(1) as executor:
        worker, forked_from = executor.submit(os.getpid).result(120), executor.submit(os.getppid).result(120)
        for pid in (os.getpid(), worker, forked_from):
            print(os.getpriority(os.PRIO_PROCESS, pid), os.sched_getscheduler(pid), os.getsid(pid))
"""

USUAL = """
import os
from gexlake.adapters.processes.fork_server import start_early
from gexlake.adapters.processes.process_pool import ProcessWorkPool

if __name__ == "__main__":
    start_early()
    for gives_way in (True, False):
        with ProcessWorkPool(gives_way=gives_way, preload=["gexlake.domain.errors"]).executor(1) as executor:
            for pid in (executor.submit(os.getpid).result(120), executor.submit(os.getppid).result(120)):
                print(os.getpriority(os.PRIO_PROCESS, pid))
"""


def interrupt_thyself() -> str:
    """Do what Ctrl-C does to every process of a terminal."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)
    return "still here"


def runs(pid: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    status = Path(f"/proc/{pid}/status")
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


LOST = """
import ctypes, os
from gexlake.adapters.processes.process_pool import ProcessWorkPool
pool = ProcessWorkPool().executor(1)
print(pool.submit(len, "four").result(), pool.lost())
thread = pool._executor_manager_thread
ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
pool._executor_manager_thread_wakeup.wakeup()
thread.join()
print(pool.lost(), flush=True)
os._exit(0)
"""


FORKING_NO_MORE = """
import os, resource
from gexlake.adapters.processes.process_pool import ProcessWorkPool
from gexlake.domain.errors import GexlakeError
pool = ProcessWorkPool(preload=["gexlake.domain.errors"])
forked_from = pool.executor(1).submit(os.getppid).result(60)
resource.prlimit(forked_from, resource.RLIMIT_NOFILE, (3, 3))
try:
    pool.executor(1).submit(len, "")
except GexlakeError as error:
    print(type(error).__name__, error.transient, flush=True)
os._exit(0)
"""


def test_jobs_run_in_other_processes() -> None:
    """And a module that cannot be preloaded is no obstacle."""
    with ProcessWorkPool(preload=["gexlake.nothing_of_this_name"]).executor(2) as executor:
        assert executor.submit(os.getpid).result(30) != os.getpid()
        assert executor.submit(abs, -1).result(30) == 1


def test_workers_leave_interrupts_to_the_main_process() -> None:
    """It decides what an interrupt means; theirs would only break the pool."""
    with ProcessWorkPool().executor(1) as executor:
        assert executor.submit(interrupt_thyself).result(120) == "still here"


def test_workers_can_be_made_to_yield() -> None:
    """To a server that answers queries on the same machine."""
    with ProcessWorkPool(gives_way=True).executor(1) as executor:
        assert executor.submit(os.nice, 0).result(120) == 19


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process can leave the processor at once")
def test_workers_that_yield_leave_the_processor_to_the_main_process_at_once() -> None:
    """So does what they are forked from, which loads all that they need while a server is asked things.

    They do so only for those of their own session, if the system shares processors out among sessions.
    """
    found = subprocess.run([sys.executable, "-c", YIELDING], check=True, capture_output=True, text=True)
    own, worker, forked_from = map(str.split, found.stdout.splitlines())
    assert worker == forked_from == ["19", str(os.SCHED_IDLE), own[2]]
    assert own[:2] == [str(os.nice(0)), str(os.SCHED_OTHER)]


def test_workers_of_both_kinds_can_be_forked_from_what_does_not_yield() -> None:
    """It is what was started first that counts: what yields has none but workers that do."""
    found = subprocess.run([sys.executable, "-c", USUAL], check=True, capture_output=True, text=True)
    own = os.nice(0)
    assert [int(nice) for nice in found.stdout.split()] == [19, own, own, own]


@pytest.mark.parametrize("missing", [(), ("simdjson",)], ids=["all is there", "no simdjson"])
def test_a_worker_loads_nothing_large_when_it_reads(missing: tuple[str, ...], tmp_path: Path) -> None:
    """What it is forked from has: each worker would load it anew, while its first file waits."""
    start = f"import sys; sys.modules.update(dict.fromkeys({missing!r}))"
    (tmp_path / "sitecustomize.py").write_text(start, encoding="utf-8")
    program = [sys.executable, loaded_by_worker.__file__, HISTORY, tmp_path / "lake"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    found = subprocess.run(program, check=True, capture_output=True, text=True, env=environment)
    assert found.stdout.endswith("\n")
    assert [name for name in found.stdout.split() if name.partition(".")[0] in LARGE] == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at the processes in /proc")
def test_workers_end_when_the_main_process_is_killed() -> None:
    """Busy ones too, at once: a killed import must not go on writing."""
    program = subprocess.run([sys.executable, "-c", VANISHING], check=False, capture_output=True, text=True)
    assert program.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in program.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if runs(pid)] == []


def test_what_the_system_refuses_to_workers_is_told_with_the_cure() -> None:
    """Here it gives no open files, which their queues need."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(TooLittleLeft, match=r"Too many open files.*free some"):
            ProcessWorkPool().executor(1).submit(len, "")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def test_a_pool_knows_that_nobody_hands_its_work_out_any_more() -> None:
    """Its thread does, which ends without a word when the system gives it none for the queue."""
    done = subprocess.run([sys.executable, "-c", LOST], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["4", "False", "True"]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_the_end_of_what_workers_are_forked_from_is_told_with_the_cure() -> None:
    """It ends when the system refuses it something; here open files, it may be another process."""
    program = [sys.executable, "-c", FORKING_NO_MORE]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["TooLittleLeft", "True"]
