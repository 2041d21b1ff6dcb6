"""Readers whose worker does not live to the end of a file, or has no memory for it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.ports.source_reader import ReadOptions, SourceFile

#: Files with this in their name are the end of whoever reads them.
DEADLY = "2025-10-13"


class DyingReader(LegacyReader):
    """Is killed over a deadly file as the kernel kills for memory; outside of a worker it reads like any other."""

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Die, or read."""
        if DEADLY in file.path.name and multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(file, options)


class StarvedReader(LegacyReader):
    """Has no memory left after the first batch of a deadly file."""

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Give the first batch, or all."""
        batches = super().read(file, options)
        if DEADLY in file.path.name:
            yield next(batches)
            raise MemoryError
        yield from batches
