"""The in-memory lake and its sink keep the promises of their ports."""

import pickle

import pytest

from gexlake.adapters.memory.journal import InMemoryJournal
from gexlake.adapters.memory.lake import InMemoryLake
from gexlake.adapters.memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.application.ports.journal import RunSaved
from gexlake.domain.runs import RunStatus
from gexlake.testing import Dial, StepFailed, StrikeSinkSuite, make_run, with_dial
from support.lakes import LakesInMemory, runs_after_beginning_in_vain


class TestInMemoryStrikeSink(StrikeSinkSuite):
    """The sink and its source."""

    @pytest.fixture
    def sink(self) -> InMemoryStrikeSink:
        """Give an empty sink."""
        return InMemoryStrikeSink()

    @pytest.fixture
    def source(self, sink: InMemoryStrikeSink) -> InMemoryStrikeSource:
        """Give its source."""
        return InMemoryStrikeSource(sink)

    def test_it_cannot_be_sent_to_another_process(self, sink: InMemoryStrikeSink) -> None:
        """What a worker process staged would be lost without a word."""
        with pytest.raises(TypeError, match="inline"):
            pickle.dumps(sink)


class TestInMemoryLake(LakesInMemory):
    """The lake and its units of work."""


def test_a_journal_of_a_thousand_entries_becomes_one() -> None:
    """When the lake is settled; with one entry less all of them stay."""
    lake = InMemoryLake()

    def commit(number: int) -> None:
        with lake.unit() as work:
            work.lineage.save_run(make_run(f"run-{number}", status=RunStatus.SUCCESS))
            work.commit()

    for number in range(999):
        commit(number)
    lake.settle()
    assert lake.journal.numbers() == list(range(1, 1000))
    commit(999)
    lake.settle()
    assert lake.journal.numbers() == [1001]
    runs = {note.run.import_id for note in lake.journal.notes(1001) if isinstance(note, RunSaved)}
    assert runs == {f"run-{number}" for number in range(1000)}


def test_a_unit_that_cannot_begin_keeps_no_other_waiting() -> None:
    """Whoever tried may have ended: nobody could let go of the lake any more."""
    lake = InMemoryLake(journal=with_dial(InMemoryJournal(), Dial("begin")))
    assert runs_after_beginning_in_vain(lake, StepFailed) == [make_run()]
