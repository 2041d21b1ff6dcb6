"""What holds for all tests."""

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# A reader has room for many ladders, and a test fills little of it: of pages of two megabytes, all would be cleared.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")

# A handler, unlike what nohup sets, is not handed on to the servers that tests begin: these heed a closed terminal.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
# How long an example takes says nothing about what is right, and other tests run beside it. Each run has others.
settings.register_profile("untimed", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
#: Files whose tests take longest, or share what does. They are begun first: no worker is left with one of them when all
#: else is done, and no other one makes for some of them what is made already.
_LONGEST = {
    "test_benchmarks.py",
    "test_crash_points.py",
    "test_disk_full.py",
    "test_examples.py",
    "test_installed.py",
    "test_random_kills.py",
    "test_schemathesis.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: item.path.name not in _LONGEST)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let Python look for garbage only among what the tests make: all that was loaded for them stays to the end."""
    gc.collect()
    gc.freeze()
