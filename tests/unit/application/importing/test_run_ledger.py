"""The ledger's verdict on a run whose account does not hold."""

from pathlib import Path

from gexlake.application.importing.committing.commit_unit import Committed
from gexlake.application.importing.planning.plan import Plan
from gexlake.application.importing.run_ledger import RunLedger
from gexlake.application.ports.source_reader import SourceFile
from gexlake.domain.runs import Counts, RunStatus
from gexlake.testing.builders import make_file, make_run


def ledger(counts: Counts, **options: object) -> RunLedger:
    """Make the ledger of a run of one file."""
    made = RunLedger(make_run(options=options), max_error_rate=0.001)
    made.take(Plan(units=[[SourceFile(Path("a.json"), 100, 5)]]))
    made.add(Committed([make_file(counts=counts)], []))
    return made


def test_a_run_that_balances_is_a_success() -> None:
    """Nothing is said."""
    made = ledger(Counts(read=5, accepted=3, duplicates=2))
    assert (made.verdict(), made.errors) == (RunStatus.SUCCESS, [])


def test_a_run_that_does_not_balance_has_failed() -> None:
    """And says so before all other errors."""
    made = ledger(Counts(read=5, accepted=3, duplicates=1))
    made.errors.append("another trouble")
    assert made.verdict() is RunStatus.FAILED
    assert "do not add up to what was read" in made.errors[0]


def test_a_run_that_left_out_all_that_it_read_says_why() -> None:
    """A recorder with kinds of its own; not a run that took some of it in, or that was asked for a part only."""
    made = ledger(Counts(skipped=6))
    assert made.verdict() is RunStatus.SUCCESS
    assert "all 6 records" in made.errors[0]
    assert "a folder or file that holds snapshots" in made.errors[0]
    for made in (ledger(Counts(read=1, accepted=1, skipped=6)), ledger(Counts(skipped=6), feeds="SPX; ; ")):
        assert (made.verdict(), made.errors) == (RunStatus.SUCCESS, [])
