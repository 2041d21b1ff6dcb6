"""Imports in the background: one at a time, each followed by as many as like to."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ...domain.errors import GexlakeError, TooLittleLeft
from ...domain.runs import ImportRun
from ..ports.clock import Clock
from ..ports.progress import ProgressListener
from .import_request import ImportRequest
from .job import Ended, Job
from .run_ledger import new_import_id

_LOG = logging.getLogger(__name__)
#: Ended jobs that are remembered with their events; the lineage remembers the runs for good.
_KEPT = 20

#: Runs one import to its end, as ``ImportHistory.run`` does.
RunImport = Callable[[ImportRequest, ProgressListener], ImportRun]


class ImportBusy(GexlakeError):
    """An import runs already."""

    transient = True

    def __init__(self, import_id: str) -> None:
        self.import_id = import_id
        super().__init__(
            f"The import {import_id} is running, and a lake takes in one at a time. Wait until it has ended "
            f"(GET /imports/{import_id} tells), or stop it (DELETE /imports/{import_id}), and try again."
        )


class ImportsStopped(GexlakeError):
    """The server is ending and begins no import any more."""

    transient = True

    def __init__(self) -> None:
        super().__init__("The server is ending and begins no more imports. Try again when it is back.")


class ImportJobs:
    """Runs imports in a thread of their own, one at a time.

    A second one is refused, not queued: whoever asks for it is told at once which one is in the way, and a queue
    would be lost with the process.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: Job | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def running(self) -> Job | None:
        """The job that is running, if there is one."""
        return self._running

    @property
    def writing(self) -> bool:
        """Whether an import, or what takes turns with them, is at work."""
        return self._writing.locked()

    def submit(self, request: ImportRequest, run: RunImport) -> Job:
        """Begin an import in the background and give its job.

        Raises:
            ImportBusy: another one is running.
            ImportsStopped: there will be no more.
            TooLittleLeft: the system has no thread for it.
        """
        with self._lock:
            self._check_free()
            now = self._clock.now()
            job = Job(replace(request, import_id=request.import_id or new_import_id(now)), now)
            self._jobs[job.import_id] = self._running = job
            if self._stopped:  # by a signal, which waits for no lock and did not see this one yet
                job.ask_to_stop()
            try:
                self._thread = self._begun(job, run)
            except RuntimeError as error:
                # Nobody would ever end it, and it would be in the way of all others.
                self._running = None
                del self._jobs[job.import_id]
                raise TooLittleLeft(str(error)) from error
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        return job

    def get(self, import_id: str) -> Job | None:
        """Give a job, if it is among those that are remembered."""
        return self._jobs.get(import_id)

    @contextmanager
    def between_imports(self) -> Iterator[None]:
        """Have imports wait, after waiting for the one that runs: an import tidies up as if nobody else wrote."""
        with self._writing:
            yield

    def ask_to_stop(self) -> None:
        """Begin no more imports, and have the running one stop between two commits. Safe in a signal handler."""
        self._stopped = True
        if (job := self._running) is not None:
            job.ask_to_stop()

    def stop(self, timeout: float | None = None) -> bool:
        """Do the same and wait for the end; say whether it came within so many seconds."""
        self.ask_to_stop()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
            return not thread.is_alive()
        return True

    def _check_free(self) -> None:
        if self._stopped:
            raise ImportsStopped
        if self._running is not None:
            raise ImportBusy(self._running.import_id)

    def _begun(self, job: Job, run: RunImport) -> threading.Thread:
        # A daemon: whoever ends the process calls stop, and after a fault nothing may keep it alive.
        thread = threading.Thread(target=self._work, args=(job, run), name="import", daemon=True)
        thread.start()
        return thread

    def _work(self, job: Job, run: RunImport) -> None:
        ended: Ended
        try:
            with self._writing:
                ended = run(job.request, job)
        except BaseException as error:  # noqa: BLE001  whatever it is, those who wait must hear of it
            if not isinstance(error, GexlakeError):
                _LOG.error("the import %s failed", job.import_id, exc_info=error)
            ended = error
        # Free first: who hears of the end may submit the next one at once.
        self._running = None
        job.end(ended)
