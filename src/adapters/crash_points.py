"""Crash points: named instants at which a process can be told to die, so that tests can prove that nothing is lost.

``GEXLAKE_CRASH_AT=publish.file-renamed gexlake import …`` dies at the first rename, ``publish.file-renamed:3`` at the
third: at once, without any clean-up, as if the power went.
"""

from __future__ import annotations

import os
from typing import Literal

VARIABLE = "GEXLAKE_CRASH_AT"
#: What a shell says of a process that was killed (128 + SIGKILL).
STATUS = 137

#: Named by what has just happened. Each stands in the code once; several files or parts pass it several times.
CrashPoint = Literal[
    # The database's file, when a lake is made or opened.
    "lake.draft-written",
    "lake.draft-named",
    "lake.opened",
    # Staging a unit, in a worker.
    "stage.folder-made",
    "stage.ladders-opened",
    "stage.snapshots-opened",
    "stage.ladders-written",
    "stage.snapshots-written",
    "stage.ladders-closed",
    "stage.snapshots-closed",
    "stage.file-synced",
    "stage.file-digested",
    "stage.folder-synced",
    "stage.rejects-opened",
    "stage.rejects-written",
    "stage.rejects-closed",
    "stage.progress-opened",
    "stage.progress-noted",
    # The transaction.
    "commit.begun",
    "commit.part-added",
    "commit.part-removed",
    "commit.retirement-noted",
    "commit.rows-put",
    "commit.snapshots-added",
    "commit.file-recounted",
    "commit.files-forgotten",
    "commit.rejects-added",
    "commit.rejects-replayed",
    "commit.entry-finished",
    "commit.ready",
    "commit.done",
    "commit.rolled-back",
    # What follows it.
    "publish.entry-renamed",
    "publish.folder-made",
    "publish.file-renamed",
    "publish.folder-synced",
    "publish.done",
    "retire.file-deleted",
    "retire.folder-deleted",
    "retire.done",
    "retire.forgotten",
    "checkpoint.begun",
    "checkpoint.done",
    "discard.begun",
    "discard.done",
    # Bringing a database to the present version.
    "migrate.copy-written",
    "migrate.copy-named",
    "migrate.begun",
    "migrate.step-done",
    "migrate.done",
    # Making the database anew, and putting it in place.
    "rebuild.draft-opened",
    "rebuild.draft-shut",
    "rebuild.database-aside",
    "rebuild.log-aside",
    "rebuild.draft-named",
    "rebuild.done",
    # Setting aside what is damaged or does not belong there.
    "quarantine.file-kept",
    "quarantine.stray-deleted",
    # Copying a lake.
    "copy.database-copied",
    "copy.part-held",
    "copy.journal-held",
    "copy.files-copied",
    "copy.done",
    # Settling what a kill has left.
    "settle.begun",
    "settle.unit-published",
    "settle.unit-discarded",
    "settle.part-retired",
    "settle.part-forgotten",
    "settle.runs-ended",
]


def reached(point: CrashPoint) -> None:
    """Die here if the environment says so."""
    armed = os.environ.get(VARIABLE)
    if armed is None:
        return
    name, _, passing = armed.partition(":")
    if name == point:
        left = int(passing or 1) - 1
        if left <= 0:
            os._exit(STATUS)
        os.environ[VARIABLE] = f"{point}:{left}"
