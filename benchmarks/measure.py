"""Measures a command as a whole process tree: time, processor time, memory. Needs Linux's /proc."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MIB = 1 << 20
#: Where the parent, the session, and the user and system time stand in /proc/PID/stat, behind the name of the program.
_PARENT, _SESSION, _TIMES = 1, 3, (11, 12)
_TICKS = os.sysconf("SC_CLK_TCK")
#: How many seconds those that were killed may take to be gone.
_PATIENCE = 10.0
_PAUSE = 0.05
#: Walking the pages of a large process holds it up, so samples take at most this share of the time.
_SHARE = 20


class CommandFailed(Exception):
    """A command of the benchmark ended with another status than 0; its last words are told."""

    def __init__(self, command: Sequence[str], status: int, words: str) -> None:
        super().__init__(f"{' '.join(command)} ended with status {status}: {words.strip()[-2000:]}")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: from its start to its end, on the wall's clock.
        cpu_seconds: user and system time of the command and all its descendants.
        tree_mib: the largest sum of the tree's memory that a sample saw. It adds up PSS: a page that processes
            share counts once.
        process_mib: the largest resident set (RSS) of one process of the tree that a sample saw.
        worker_mib: the same of those that the command has started; 0 if it does all by itself.
        output: its standard output.
    """

    seconds: float
    cpu_seconds: float
    tree_mib: float
    process_mib: float
    worker_mib: float
    output: str

    def figures(self) -> dict[str, Any]:
        """Give the figures alone."""
        return {key: round(value, 4) for key, value in asdict(self).items() if key != "output"}


def adopt_orphans() -> None:
    """Have orphans of what is measured given to this process, so that their processor time is counted in the end.

    Raises:
        OSError: the system is not Linux, or forbids it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused to make this process a subreaper")


def _environment() -> dict[str, str]:
    """Give this process's environment, but let Python keep bytecode: what a user has installed is compiled already."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def measure(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end, in a session of its own, and say what it took.

    Whatever ends this function, no process of the session is left.

    Raises:
        CommandFailed: its exit status is not 0.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        before = _processor_time()
        begun = time.perf_counter()
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=_environment() | dict(environment or {}),
            start_new_session=True,
        )
        sampler = _Sampler(process.pid)
        try:
            with sampler:
                status = process.wait()
                seconds = time.perf_counter() - begun
            _reap(process.pid, _PATIENCE)
        finally:
            end_session(process)
        cpu_seconds = _processor_time() - before
        if status:
            err.seek(0)
            raise CommandFailed(words, status, err.read().decode(errors="replace"))
        out.seek(0)
        mib = (size / _MIB for size in (sampler.tree, sampler.process, sampler.worker))
        return Measured(seconds, cpu_seconds, *mib, out.read().decode())


def session_seconds(session: int) -> float:
    """Give the processor time that the processes of a session have taken, those that are there."""
    pids = set(_members(session))
    return sum(ticks for fact in _TIMES for pid, ticks in _processes(fact) if pid in pids) / _TICKS


def end_session(process: subprocess.Popen[Any]) -> None:
    """Kill what is left of the session that a process leads, and wait for it."""
    for pid in _members(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
        process.wait()
    _reap(process.pid, _PATIENCE)


def end_descendants() -> None:
    """Kill whatever this process has begun, and what that began; ``adopt_orphans`` has made all of it findable."""
    until = time.monotonic() + _PATIENCE
    while (left := _descendants(os.getpid())) and time.monotonic() < until:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.005)


def _descendants(ancestor: int) -> list[int]:
    """Find the children of a process, and theirs."""
    parents = dict(_processes(_PARENT))
    found, left = [], [ancestor]
    while left:
        above = left.pop()
        children = [pid for pid, parent in parents.items() if parent == above]
        found += children
        left += children
    return found


class _Sampler:
    """Looks at the memory of a session again and again, in a thread."""

    def __init__(self, session: int) -> None:
        self.tree = self.process = self.worker = 0
        self._session = session
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            begun = time.perf_counter()
            sizes = {pid: memory(pid) for pid in _members(self._session)}
            self.tree = max(self.tree, sum(pss for pss, _ in sizes.values()))
            self.process = max([self.process, *(rss for _, rss in sizes.values())])
            self.worker = max([self.worker, *(rss for pid, (_, rss) in sizes.items() if pid != self._session)])
            pause = max(_PAUSE, _SHARE * (time.perf_counter() - begun))


def memory(pid: int) -> tuple[int, int]:
    """Give the PSS and the RSS of a process in bytes; nothing for one that is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        rss = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except OSError:
        return 0, 0
    pss = next((line for line in rollup.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(pss.split()[1]) * 1024, rss


def _members(session: int) -> Iterator[int]:
    """Find the processes of a session, dead ones that nobody has waited for among them."""
    return (pid for pid, its in _processes(_SESSION) if its == session)


def _processes(fact: int) -> Iterator[tuple[int, int]]:
    """Give all processes, each with a number that the system says of it."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The name, in parentheses, may hold anything; what is wanted stands behind it.
                text = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                yield int(folder.name), int(text.split()[fact])


def _reap(session: int, patience: float) -> None:
    """Wait for the orphans of a session, for so many seconds at most."""
    until = time.monotonic() + patience
    while members := list(_members(session)):
        for pid in members:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > until:
            return
        time.sleep(0.005)


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
