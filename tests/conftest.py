"""What holds for all tests."""

import gc
import signal

import pytest
from hypothesis import HealthCheck, settings

# A handler, unlike what nohup sets, is not handed on to the servers that tests begin: these heed a closed terminal.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
# How long an example takes says nothing about what is right, and other tests run beside it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let Python look for garbage only among what the tests make: all that was loaded for them stays to the end."""
    gc.collect()
    gc.freeze()
