"""Memory that is freed and soon needed again."""

import subprocess
import sys

import pytest

#: Counts the pages that the system has to find for a few large values at a time, made and freed again and again.
PROGRAM = """
import resource, sys, threading
from gexlake.entrypoints.http.freed_memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def make(times):
    for _ in range(times):
        values = [b"x" * (3 << 20) for _ in range(4)]
        del values

def told():
    make(3)
    before = faults()
    make(20)
    print(faults() - before)

keep_freed_memory()
thread = threading.Thread(target=told)
thread.start()
thread.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only the allocator of Linux is told")
def test_large_values_are_made_in_memory_that_is_there():
    """Once there were some as large."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    pages = (3 << 20) // 4096
    assert int(done.stdout) < pages
