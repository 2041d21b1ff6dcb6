"""The journal on disk keeps the promises of its port, and finds out what is damaged or from a newer gexlake."""

import json
from pathlib import Path

import pytest
import xxhash

from gexlake.adapters.journal.files import FileJournal
from gexlake.application.ports.journal import PartDropped
from gexlake.domain.errors import JournalTooNew, LakeDamaged
from gexlake.testing import JournalSuite


class TestFileJournal(JournalSuite):
    """Entries as files of lines."""

    @pytest.fixture
    def journal(self, tmp_path: Path) -> FileJournal:
        """Give an empty one."""
        return FileJournal(tmp_path)

    @pytest.mark.parametrize("harm", ["cut", "changed", "renamed", "empty", "longer"])
    def test_an_entry_that_is_not_what_was_written_gives_nothing(self, journal: FileJournal, harm: str) -> None:
        """Not even the notes before the damage."""
        self.write(journal, 1, *[PartDropped(f"part-{n}") for n in range(100)])
        path, number = journal.path(1), 1
        content = path.read_bytes()
        if harm == "renamed":
            number = 2
            path.rename(journal.path(number))
        else:
            made = {"cut": content[:-5], "changed": content.replace(b"part-99", b"part-98"), "empty": b""}
            path.write_bytes(made.get(harm, content + b'{"dropped":"x"}\n'))
        notes = journal.notes(number)
        with pytest.raises(LakeDamaged, match=f"entry {number} of its journal"):
            next(notes)

    def test_notes_of_a_kind_that_is_not_known(self, journal: FileJournal) -> None:
        """Come from a newer gexlake: they are no damage, and nothing may be made of the journal without them."""
        line = b'{"tagged":["part-1","x"]}\n'
        end = {"end": 1, "xxh3_128": xxhash.xxh3_128(line).hexdigest()}
        journal.path(1).parent.mkdir()
        journal.path(1).write_bytes(line + json.dumps(end).encode() + b"\n")
        with pytest.raises(JournalTooNew, match="Upgrade gexlake"):
            list(journal.notes(1))

    def test_foreign_files_are_no_entries(self, journal: FileJournal, tmp_path: Path) -> None:
        """What somebody has put beside them is passed over."""
        self.write(journal, 1)
        (tmp_path / "journal" / "notes.txt").write_bytes(b"mine")
        (tmp_path / "journal" / "old.jsonl").write_bytes(b"mine")
        assert journal.numbers() == [1]

    def test_it_can_be_linked_into_a_backup(self, journal: FileJournal, tmp_path: Path) -> None:
        """Up to a number, entries that still wait too; what comes later stays out."""
        self.write(journal, 1)
        self.stage(journal, 2)
        self.stage(journal, 3)
        journal.link_to(tmp_path / "copy", 2)
        copy = FileJournal(tmp_path / "copy")
        assert (copy.numbers(), list(copy.notes(2))) == ([1, 2], [PartDropped("part-2")])
