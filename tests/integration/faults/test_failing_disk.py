"""Disks that fail: the memory of a process stands for one, at whose beginning the system can neither read nor write."""

import shutil
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from gexlake.adapters.disk.refusals import refusals
from gexlake.adapters.duckdb.errors import translated
from gexlake.adapters.journal.files import FileJournal
from gexlake.application.ports.journal import Whole
from gexlake.domain.errors import DiskFailing, LakeDamaged

FAILING = Path("/proc/self/mem")
needs_one = pytest.mark.skipif(sys.platform != "linux", reason="nothing stands for a failing disk here")


@needs_one
def test_what_cannot_be_written_is_told_with_its_place_and_the_cure(tmp_path: Path) -> None:
    """Here an entry of the journal, without which nothing is committed."""
    staged = tmp_path / "staging" / "000000000001.journal"
    staged.parent.mkdir()
    staged.symlink_to(FAILING)
    entry = FileJournal(tmp_path).begin(1)
    entry.note(Whole())

    with pytest.raises(DiskFailing, match=r"Input/output error.*Nothing is half done.*gexlake backup") as caught:
        entry.close()

    assert caught.value.where == str(staged)
    entry.abort()


@needs_one
def test_what_cannot_be_read_is_damaged(tmp_path: Path) -> None:
    """Which can be mended: 'gexlake repair' writes the journal anew from the database."""
    entry = tmp_path / "journal" / "000000000001.jsonl"
    entry.parent.mkdir()
    entry.symlink_to(FAILING)

    with pytest.raises(LakeDamaged, match="entry 1 of its journal cannot be read"):
        list(FileJournal(tmp_path).notes(1))


@pytest.mark.parametrize(
    "error",
    [
        OSError(5, "Input/output error", "lake/staging"),
        pa.ArrowException("Error writing bytes to file. Detail: [errno 5] Input/output error"),
        shutil.Error([("lake/copying/a", "copy/a", "[Errno 5] Input/output error: 'lake/copying/a' -> 'copy/a'")]),
        duckdb.IOException('IO Error: Could not write file "lake/gex.duckdb.wal": Input/output error'),
        duckdb.FatalException("FATAL Error: fsync failed!"),
    ],
)
def test_it_is_told_whichever_library_comes_upon_it(error: Exception, tmp_path: Path) -> None:
    """As one sentence, with the words of the system and no list of files."""
    told = translated(str(tmp_path)) if isinstance(error, duckdb.Error) else refusals(tmp_path)
    with (
        pytest.raises(DiskFailing, match=r"^The disk fails \([^\[]*: (\[Errno|Error writing|Input|Could not|fsync)"),
        told,
    ):
        raise error


def test_a_database_that_cannot_be_read_is_damaged() -> None:
    """There is a cure for that on another part of the disk: 'gexlake rebuild'."""
    with pytest.raises(LakeDamaged), translated("lake"):
        raise duckdb.IOException('IO Error: Could not read from file "lake/gex.duckdb": Input/output error')
