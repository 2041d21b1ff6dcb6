"""Looking at a source without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ....domain.errors import ANY_FAILURE, GexlakeError
from ....domain.feed import Feed
from ....domain.sentences import in_a_line
from ....domain.timestamps import from_micros, trading_day
from ...columns.rows import micros_of
from ...ports.clock import Clock
from ...ports.source_reader import ReadOptions, SourceFile, SourceReader
from .readers import Readers, also_known, choose_reader, files_of


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What the start of a file tells. ``snapshots`` is an estimate from the file's size; None if unknown."""

    path: str
    form: str
    feeds: tuple[str, ...]
    days: tuple[date, ...]
    size: int
    snapshots: int | None
    problem: str = ""


class ScanSource:
    """Says what a source holds, by reading the start of each file."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers, self._clock = readers, clock

    def run(self, source: Path, reader: str | None = None, assume_category: str | None = None) -> list[ScannedFile]:
        """Scan a source.

        Raises:
            SourceNotFound, NoReaderForSource, UnknownAdapter: it cannot be read at all.
        """
        chosen = choose_reader(self._readers, source, reader)
        options = ReadOptions(self._clock.now(), assume_category)
        return [look(chosen, file, options) for file in files_of(chosen, source)]

    def left_out(self, source: Path) -> list[str]:
        """Name the readers of files there that a scan leaves out for which no reader is named."""
        return also_known(self._readers, source, choose_reader(self._readers, source, None))


def look(reader: SourceReader, file: SourceFile, options: ReadOptions) -> ScannedFile:
    """Say what the start of a file tells."""
    feeds: dict[str, None] = {}
    days: dict[date, None] = {}
    form, problem, found, bytes_done = "", "", 0, 0
    try:
        for batch in reader.read(file, options):
            form = batch.form or form
            problem = batch.torn or problem
            found += len(batch.snapshots)
            bytes_done = batch.bytes_done
            columns = (batch.snapshots.column(name).to_pylist() for name in Feed._fields)
            feeds.update((str(Feed(*names)), None) for names in zip(*columns, strict=True))
            micros = micros_of(batch.snapshots)
            if found:
                days.update((trading_day(from_micros(at)), None) for at in micros[[0, -1]].tolist())
                break
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except GexlakeError as error:
        problem = str(error)
    except ANY_FAILURE as error:
        problem = f"the reader {reader.name} failed: {in_a_line(error)}; report this to its author"
    whole = bytes_done >= file.size
    estimate = found if whole or not bytes_done else round(found * file.size / bytes_done)
    return ScannedFile(
        path=file.display,
        form=form,
        feeds=tuple(feeds),
        days=tuple(sorted(days)),
        size=file.size,
        snapshots=None if problem and not found else estimate,
        problem=problem,
    )
