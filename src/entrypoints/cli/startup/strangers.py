"""What plugins of strangers print."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Any


def strangers_on_stderr() -> redirect_stdout[Any]:
    """Have what plugins print go to stderr while they work: stdout is for the command's answer, which programs read."""
    return redirect_stdout(sys.stderr)
