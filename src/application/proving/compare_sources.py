"""The use case that reads sources again and holds every value of them against the lake."""

from __future__ import annotations

from pathlib import Path

from ...domain.account import Account
from ...domain.disagreements import Disagreement
from ...domain.errors import GexlakeError
from ...domain.escapes import escaped
from ...domain.runs import SourceFileRecord
from ..importing.import_again import ImportAgain
from ..importing.planning.readers import Readers, choose_reader, files_of
from ..ports.clock import Clock
from ..ports.progress import Progress, ProgressListener
from ..ports.source_reader import SourceFile, SourceReader
from ..ports.unit_of_work import Lake
from .compare_file import FileComparison
from .known_readings import KnownReadings
from .lost_conflicts import LostConflicts
from .stored_days import StoredDays


class NothingToCompare(GexlakeError):
    """A source holds no files of history."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"Nothing was compared: there is no file of history in {source}. Make sure that its disk is mounted, or "
            "name the folder that was imported."
        )


class CompareSources:
    """Compares sources with what the lake says it has of them; nothing is changed."""

    def __init__(self, lake: Lake, readers: Readers, clock: Clock) -> None:
        self._lake, self._readers, self._clock = lake, readers, clock

    def run(self, source: Path, listener: ProgressListener, reader: str | None = None) -> Account:
        """Read a source again, record by record.

        Each record must be in the lake with the values it has, or be a repeat, a conflict or a reject that the lineage
        knows; and each snapshot that is said to come from these files must be in them. Commits wait meanwhile.

        Raises:
            SourceNotFound: there is no such folder or file.
            NothingToCompare: it holds no history.
            NoReaderForSource, UnknownAdapter, ReaderFailed: nobody reads it.
        """
        chosen = choose_reader(self._readers, source, reader)
        with self._lake.held():
            return self._compare(chosen, source, listener)

    def _compare(self, chosen: SourceReader, source: Path, listener: ProgressListener) -> Account:
        if not (files := list(files_of(chosen, source))):
            raise NothingToCompare(escaped(source))
        readings = KnownReadings(self._lake)
        days, conflicts = StoredDays(self._lake), LostConflicts(self._lake.lineage, self._clock.now())
        off: list[Disagreement] = []
        telling = ImportAgain(self._lake.lineage, self._readers)

        def again(file: SourceFile, reading: SourceFileRecord | None) -> str:
            """Say how a file is imported as it was, or as this one that was never imported is read."""
            return telling.options(reading) if reading else telling.reader(file.display, chosen.name)

        progress = Progress(files_total=len(files), bytes_total=sum(file.size for file in files))
        listener.started(progress)
        for number, file in enumerate(files):
            read = FileComparison(self._lake, days, conflicts, readings, file)
            found = read.run(chosen, self._clock.now())
            off += [one.model_copy(update={"options": again(file, reading)}) for one, reading in found]
            progress = Progress(
                files_done=number + 1,
                files_total=len(files),
                snapshots=progress.snapshots + read.records,
                bytes_done=progress.bytes_done + file.size,
                bytes_total=progress.bytes_total,
                doing=file.path.name,
            )
            listener.advanced(progress)
        listener.finished(progress)
        return Account(
            compared_files=len(files),
            compared_records=progress.snapshots,
            disagreements=(*off, *days.disagreements),
        )
