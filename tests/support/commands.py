"""``gexlake`` commands in processes of their own, under limits that a test sets, forked from one that has imported all.

A fork costs milliseconds where a fresh interpreter takes a second; the command is the real one.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from gexlake.adapters.crash_points import VARIABLE
from support.forker import Forker
from support.programs import begin_program

#: Capabilities by which root gets past permissions: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
_PAST_PERMISSIONS = 0b110
_CAPABILITY_VERSION = 0x20080522
#: How often a command is looked at, and how long one may take whose end is waited for, in seconds.
_LOOK, _SECONDS = 0.002, 60


class Said(NamedTuple):
    """How a command ended: its exit status, what it said, and the most memory that it took, in MB."""

    status: int
    out: str
    err: str
    megabytes: int

    @property
    def words(self) -> str:
        """All that it said."""
        return self.out + self.err


class Commands(Forker):
    """Runs commands, each in a fork of the Python of the tests or of another, ``within`` other surroundings."""

    def __init__(self, python: Path | None = None, within: Sequence[str] = ()) -> None:
        # Strict as the terminals of most people: what is no UTF-8 must not get as far as stdout.
        super().__init__("support.commands", python, within, PYTHONIOENCODING="utf-8:strict")

    def __call__(self, *arguments: str | Path, **limits: int | str | dict[str, str]) -> Said:
        """Run a command to its end.

        Args:
            arguments: its words, file names as bytes in them escaped as Python does it.
            limits: ``file_bytes`` that no file may exceed; ``memory_bytes`` that it may take in addition;
                ``permissions=1`` lets them hold for root too; ``crash_at`` names a crash point; ``folder`` is where it
                runs, ``gone=1`` removes it before that, ``home`` is the user's home, ``variables`` what else its
                environment says.
        """
        return Said(*self.ask({"arguments": list(map(str, arguments)), "limits": limits}))

    def begin(self, *arguments: str | Path, **environment: str) -> Begun:
        """Begin a command in a session of its own."""
        with tempfile.TemporaryDirectory() as folder:
            pipe = str(Path(folder) / "stderr")
            os.mkfifo(pipe)
            job = {"arguments": list(map(str, arguments)), "environment": environment, "stderr": pipe}
            return Begun(self, self.ask(job), Path(pipe).open(encoding="utf-8", errors="surrogateescape"))

    def begin_program(
        self, *arguments: str | Path, out: int, err: int, closed: Sequence[int] = (), **environment: str
    ) -> Child:
        """Begin a command as the program that Python runs, to the end of the interpreter, with these open files.

        ``closed`` are the numbers of streams that are none.
        """
        with Path(os.devnull).open("rb") as nothing:
            job = {"program": list(map(str, arguments)), "environment": environment, "closed": closed}
            return Child(self, self.ask(job, (nothing.fileno(), out, err)))

    def run_program(
        self, *arguments: str | Path, out: int | None = None, err: int | None = None, **how: Any
    ) -> tuple[int, bytes, bytes]:
        """Run one to its end; give its status, and what it said where no open file is given for it."""
        with tempfile.TemporaryFile() as kept_out, tempfile.TemporaryFile() as kept_err:
            files = {"out": kept_out.fileno() if out is None else out, "err": kept_err.fileno() if err is None else err}
            status = self.begin_program(*arguments, **files, **how).wait(_SECONDS)
            for kept in (kept_out, kept_err):
                kept.seek(0)
            return status, kept_out.read(), kept_err.read()


class Child:
    """A command that was begun in a fork: as much of what ``subprocess.Popen`` has as tests need."""

    def __init__(self, commands: Commands, pid: int) -> None:
        self._commands, self.pid = commands, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Give the exit status, None while it runs."""
        return self._ended(os.WNOHANG)

    def wait(self, timeout: float) -> int:
        """Wait for its end for so many seconds; give the exit status, or raise what ``subprocess`` does."""
        until = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() >= until:
                raise subprocess.TimeoutExpired("gexlake", timeout)
            time.sleep(_LOOK)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, how: int) -> int | None:
        if self.returncode is None:
            self.returncode = self._commands.ask({"wait": self.pid, "how": how})
        return self.returncode


class Begun(Child):
    """One whose stderr is read by the test, and whose stdout by nobody."""

    def __init__(self, commands: Commands, pid: int, stderr: TextIO) -> None:
        super().__init__(commands, pid)
        self.stderr = stderr

    def communicate(self, timeout: float | None = None) -> tuple[None, str]:
        """Wait for its end, as long as the test may take; give what it said on stderr since that was last read."""
        with self.stderr:
            said = self.stderr.read()
        self._ended(0)
        return None, said


def keep_to_permissions() -> None:
    """Let permissions hold for this process, even if it is root's."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, data) == 0
    for place in (0, 1):  # effective and permitted, of the first 32
        data[place] &= ~_PAST_PERMISSIONS
    assert libc.capset(header, data) == 0


def _limit(limits: dict[str, Any]) -> None:
    if size := limits.get("file_bytes"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    if size := limits.get("memory_bytes"):
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + size, taken + size))
    if point := limits.get("crash_at"):
        os.environ[VARIABLE] = point
    if folder := limits.get("folder"):
        os.chdir(folder)
        if limits.get("gone"):
            Path(folder).rmdir()
    os.environ.update(limits.get("variables", {}))
    if home := limits.get("home"):
        os.environ["HOME"] = home
    if limits.get("permissions"):
        keep_to_permissions()


def _begin(job: dict[str, Any]) -> int:
    """Begin a command in a child; give its number."""
    from gexlake.entrypoints.cli import main

    if child := os.fork():
        return child
    status = 70
    try:
        os.setsid()
        os.dup2(os.open(job["stderr"], os.O_WRONLY), 2)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(1, 0)
        os.environ.update(job["environment"])
        status = main.run(job["arguments"])
    finally:
        os._exit(status)


def _wait(job: dict[str, Any]) -> int | None:
    """Wait for what was begun, or look whether it has ended; give its status, None while it runs."""
    ended, status = os.waitpid(job["wait"], job["how"])
    return os.waitstatus_to_exitcode(status) if ended else None


def _do(job: dict[str, Any]) -> Any:
    """Do what a job asks for."""
    if "wait" in job:
        return _wait(job)
    if "program" in job:
        return begin_program(job)
    return _begin(job) if "environment" in job else _fork(job)


def _fork(job: dict[str, Any]) -> tuple[int, str, str, int]:
    """Run a command in a child."""
    from gexlake.entrypoints.cli import main

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            status = 70
            try:
                _limit(job["limits"])
                status = main.run(job["arguments"])
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(status)
        _, ended, usage = os.wait4(child, 0)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode(errors="surrogateescape"))
        return os.waitstatus_to_exitcode(ended), told[0], told[1], usage.ru_maxrss // 1024


def _import_all() -> None:
    """Import what the commands import when they run."""
    from importlib import import_module

    from support.loading import load_all

    load_all()
    for name in ("container", "lakes", "shapes.reports", "http.serving", "http.app"):
        import_module(f"gexlake.entrypoints.{name}")


if __name__ == "__main__":
    _import_all()
    gc.freeze()  # no child looks for garbage in what was loaded, which would copy all of it
    for line in sys.stdin:
        print(json.dumps(_do(json.loads(line))), flush=True)
