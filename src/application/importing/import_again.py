"""How something is imported again as it was: the options without which the same import would be another one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress

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
        #: The names of the readers of all runs, as far as these tell.
        self.used = {run.import_id: run.options.get("reader") for run in lineage.runs(ALL)}

    def options(self, file: SourceFileRecord) -> str:
        """Give the options of a file as they follow its path in a shell, each behind a space; mostly there are none."""
        was = options_of(file.selection, file.import_timestamp)
        assumed = ("--assume-category", was.assume_category) if was.assume_category else ()
        return _told([*_narrowed(was.feeds), *assumed]) + self.reader(file.source_file, self.used.get(file.import_id))

    def reader(self, path: str, name: object) -> str:
        """Give the option that names a reader, empty if it is the one that a path is read with anyway."""
        with suppress(*ANY_FAILURE):  # who is asked may be gone, and so may the file
            if choose_reader(self._readers, unescaped(path), None).name != name and name in self._readers:
                return _told(["--reader", str(name)])
        return ""

    def options_of_run(self, run: ImportRun) -> str:
        """Give the options of a run, as those of a file."""
        feeds = options_of(str(run.options.get("feeds", "")), run.started_at).feeds
        words = [*_narrowed(feeds)]
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
