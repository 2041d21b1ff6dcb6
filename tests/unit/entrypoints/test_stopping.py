"""A stop that is asked for is heard, wherever Python is then."""

import subprocess
import sys

SWALLOWED = """
import signal, time
from gexlake.entrypoints.cli.ending.stopping import stop_when_asked

class Busy:
    def __del__(self):
        signal.raise_signal(signal.{name})

stop_when_asked()
{before}
try:
    busy = Busy()
    del busy
    time.sleep(600)
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_stop_that_a_destructor_swallows_is_heard() -> None:
    """Python would go on, and tell a traceback: so it is within the loading of modules, too."""
    for name, before in [
        ("SIGINT", ""),
        ("SIGTERM", ""),
        ("SIGTERM", "signal.signal(signal.SIGINT, signal.SIG_IGN)"),
    ]:
        code = SWALLOWED.format(name=name, before=before)
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "stopped\n", "")


def test_other_faults_that_are_swallowed_are_told() -> None:
    """They are nobody's wish."""
    code = SWALLOWED.format(name="SIGTERM", before="").replace("signal.raise_signal(signal.SIGTERM)", "1 / 0")
    code = code.replace("time.sleep(600)", "")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50)
    assert (ended.stdout, "ZeroDivisionError" in ended.stderr) == ("", True)
