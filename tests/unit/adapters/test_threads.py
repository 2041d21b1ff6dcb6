"""Threads that give way to others."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads differ in niceness on Linux only")
#: Tells how nice each thread is; DuckDB's join the process with its first database.
_SCRIPT = """
import os, sys, threading
import duckdb
from gexlake.adapters.processes.threads import *
def niceness(thread): return os.getpriority(os.PRIO_PROCESS, thread)
def of_a_thread():
    give_way_here()
    inner = []
    def nested(): inner.append(niceness(threading.get_native_id()))
    thread = threading.Thread(target=nested)
    thread.start()
    thread.join()
    told.append((niceness(threading.get_native_id()), *inner))
told = []
thread = threading.Thread(target=of_a_thread)
thread.start()
thread.join()
connection = duckdb.connect(config={"threads": 3})
connection.sql("SELECT sum(i) FROM range(1000000) t(i)").fetchall()
ours = threading.get_native_id()
before = {int(name) for name in os.listdir("/proc/self/task")} - {ours}
have_libraries_give_way()
told.append((niceness(ours), len(before) >= 2, {niceness(thread) for thread in before}))
have_libraries_give_way()
take_turns_quickly()
print(told, sys.getswitchinterval())
"""


def test_a_thread_gives_way_with_those_that_it_starts_and_libraries_do_so_too():
    """The process goes on as before; who is nice already stays so. None of it can be undone: it is another process."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    nice = max(10, own)
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    told = f"[({nice}, {nice}), ({own}, True, {{{nice}}})] 0.0005\n"
    assert (done.returncode, done.stdout) == (0, told), done.stderr
