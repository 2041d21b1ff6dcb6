"""A folder in which two readers find files: one reads it, and the user is told of the other."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.simple_reader import source_readers
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.domain.runs import ImportRun, RunStatus
from gexlake.testing import FixedClock, InlineWorkPool, InMemoryLake, RecordingProgress
from support.records import NOW, lines, record, words


class Notes:
    """A simple reader of files that end in ``.notes``; each line is packed as hexadecimal digits."""

    name = "notes"

    def knows(self, file: Path) -> bool:
        return file.suffix == ".notes"

    def records(self, file: Path) -> Iterator[dict[str, Any]]:
        return (json.loads(bytes.fromhex(line)) for line in file.read_text().splitlines())


class Everything(Notes):
    """A reader that finds what the legacy one finds."""

    name = "everything"

    def knows(self, file: Path) -> bool:
        return file.suffix == ".json"


class Broken(Notes):
    """A reader that fails over every file."""

    name = "broken"

    def knows(self, file: Path) -> bool:
        raise KeyError(file.name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a file of each."""
    early, late = ([words(record(first + n)) for n in range(3)] for first in (0, 10))
    (tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.json").write_bytes(lines(early))
    (tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.notes").write_text("\n".join(raw.hex() for raw in late))
    return tmp_path


def run(source: Path, heard: RecordingProgress, *readers: Callable[[], Any], **options: Any) -> ImportRun:
    """Import with some readers, asked in this order."""
    known = source_readers({reader.name: reader for reader in readers})
    use_case = ImportHistory(InMemoryLake(), known, InlineWorkPool(), FixedClock(NOW))
    return use_case.run(ImportRequest(source, **options), heard)


@pytest.mark.parametrize(("readers", "other"), [((Notes, LegacyReader), "legacy"), ((LegacyReader, Notes), "notes")])
def test_the_other_reader_is_named(folder: Path, readers: tuple[Callable[[], Any], ...], other: str):
    """With what to do about it; the first one's files are in."""
    heard = RecordingProgress()

    imported = run(folder, heard, *readers)

    assert (imported.status, imported.counts.accepted) == (RunStatus.SUCCESS, 3)
    (warning,) = heard.warnings
    assert f"--reader {other}" in warning


def test_nobody_is_named_to_whom_nothing_is_lost(folder: Path):
    """Where a reader was chosen, the source is one file, or the other finds nothing that is not read."""
    heard = RecordingProgress()
    (lines_file,), (notes_file,) = folder.glob("*.json"), folder.glob("*.notes")

    run(folder, heard, Notes, LegacyReader, reader="notes")
    run(lines_file, heard, LegacyReader, Notes)
    notes_file.unlink()
    run(folder, heard, LegacyReader, Notes, Everything)

    assert heard.warnings == []


def test_a_reader_that_nobody_asked_for_may_fail(folder: Path):
    """The import goes on with the one that was chosen; the others are named."""
    heard = RecordingProgress()

    imported = run(folder, heard, LegacyReader, Broken, Notes)

    assert (imported.status, imported.counts.accepted, len(heard.warnings)) == (RunStatus.SUCCESS, 3, 1)
    assert "--reader notes" in heard.warnings[0]
