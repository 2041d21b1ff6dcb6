"""How something is imported again as it was: the options without which the same import would be another one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import reduce
from operator import or_

from ...domain.errors import ANY_FAILURE
from ...domain.runs import ImportRun, SourceFileRecord
from ..ports.limits import ALL
from ..ports.lineage_store import LineageStore
from ..ports.source_reader import FeedFilter, unescaped
from .import_request import unusual
from .planning.readers import Readers, choose_reader
from .planning.selection import options_of


class ImportAgain:
    """Tells of files and runs with which options they are imported again."""

    def __init__(self, lineage: LineageStore, readers: Readers) -> None:
        self._readers = readers
        self._runs = {run.import_id: run for run in lineage.runs(ALL)}

    def command(self, file: SourceFileRecord, source: str = "") -> str:
        """Give the command, without ``gexlake``, that imports a file as it was, or a ``source`` that it lies in."""
        return f"import {shlex.quote(source or file.source_file)}{self.options(file)}"

    def source_of(self, file: SourceFileRecord) -> str:
        """Give the source of the run that read a file; empty if that is not known."""
        return run.source if (run := self._runs.get(file.import_id)) else ""

    def reader_of(self, file: SourceFileRecord) -> object:
        """Give the name of the reader that read a file; None if that is not known."""
        return run.options.get("reader") if (run := self._runs.get(file.import_id)) else None

    def options(self, *readings: SourceFileRecord) -> str:
        """Give the options with which an import takes all that some readings of a file took, the newest first.

        They are told as they follow its path in a shell, each behind a space; mostly there are none.
        """
        newest = readings[0]
        were = [options_of(reading.selection, reading.import_timestamp) for reading in readings]
        assumed = next((was.assume_category for was in were if was.assume_category), None)
        # What was read as another category no import takes along.
        feeds = reduce(or_, (was.feeds for was in were if was.assume_category in (None, assumed)))
        words = [*_narrowed(feeds), *(("--assume-category", assumed) if assumed else ())]
        return _told(words) + self.reader(newest.source_file, self.reader_of(newest))

    def reader(self, path: str, name: object) -> str:
        """Give the option that names a reader, empty if it is the one that a path is read with anyway."""
        with suppress(*ANY_FAILURE):  # who is asked may be gone, and so may the file
            if choose_reader(self._readers, unescaped(path), None).name != name and name in self._readers:
                return _told(["--reader", str(name)])
        return ""

    def options_of_run(self, run: ImportRun) -> str:
        """Give the options of a run, as those of a file."""
        feeds = options_of(str(run.options.get("feeds", "")), run.started_at).feeds
        words = list(_narrowed(feeds))
        for name, value in unusual(run).items():
            option = name.replace("_", "-")
            words += [f"--no-{option}"] if value is False else [f"--{option}", *([] if value is True else [str(value)])]
        return _told(words) + self.reader(run.source, run.options.get("reader"))


def _narrowed(feeds: FeedFilter) -> Iterator[str]:
    for option, names in (
        ("--ticker", feeds.tickers),
        ("--package", feeds.packages),
        ("--category", feeds.categories),
    ):
        for name in sorted(names):
            yield from (option, name)


def _told(words: Iterable[str]) -> str:
    return "".join(f" {shlex.quote(word)}" for word in words)
