"""A process that has imported everything and has no threads: it forks for each job, which takes milliseconds."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

_TESTS = Path(__file__).parents[1]
#: The variable with the number of the socket through which open files are handed over.
FILES = "GEXLAKE_TESTS_FILES"


class Forker:
    """Runs a module that reads jobs as lines of JSON, does each in a child, and answers with a line of JSON.

    ``within`` are words before the command, which begin it where it is to run. Whatever children leave among temporary
    files when they die goes with the process.
    """

    def __init__(self, module: str, python: Path | None = None, within: Sequence[str] = (), **environment: str) -> None:
        self._command = [*within, str(python or sys.executable), "-m", module]
        self._environment = os.environ | {"PYTHONPATH": str(_TESTS), "OPENBLAS_NUM_THREADS": "1"} | environment

    def __enter__(self) -> Self:
        self._temporary = tempfile.TemporaryDirectory(prefix="gexlake-", ignore_cleanup_errors=True)
        self._hand, theirs = socket.socketpair()
        environment = self._environment | {"TMPDIR": self._temporary.name, FILES: str(theirs.fileno())}
        with theirs:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                pass_fds=[theirs.fileno()],
            )
        self.pid = self._process.pid
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._hand.close()
        self._temporary.cleanup()

    def ask(self, job: dict[str, Any], files: Sequence[int] = ()) -> Any:
        """Have a job done, to which some open files are handed over; give the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if files:
            socket.send_fds(self._hand, [b" "], files)
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
