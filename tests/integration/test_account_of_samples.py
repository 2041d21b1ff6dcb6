"""The account holds after every import of all samples under each policy; of each alone, ``test_import_samples.py``."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.runs import ImportRun, OnConflict
from support.accounts import account, compared, off

FIXTURES = Path(__file__).parents[1] / "fixtures"
Imported = Callable[..., ImportRun]


@pytest.mark.parametrize("policy", [OnConflict.KEEP, OnConflict.REPLACE])
def test_the_account_of_all_of_them_together(imported: Imported, lake: Lake, policy: OnConflict) -> None:
    """With repeats and conflicts across files, imported twice: recounts and rejects fit."""
    for force in (False, True):
        imported(FIXTURES, assume_category="gex_zero", on_conflict=policy, force=force)
        assert off(account(lake)) == []
        assert set(off(compared(lake, FIXTURES))) <= {"source-failed"}


def test_the_account_after_something_was_taken_out(imported: Imported, lake: Lake) -> None:
    """Files elsewhere that repeat it are due, which only the comparison can tell."""
    imported(FIXTURES / "history")
    run = imported(FIXTURES / "history" / "2025-10-10", clear_existing=True)
    assert run.counts.read
    assert off(account(lake)) == []
    assert set(off(compared(lake, FIXTURES / "history"))) <= {"source-due"}


def test_the_account_after_a_replay(imported: Imported, lake: Lake, tmp_path: Path) -> None:
    """A conflict that a replay has taken in is settled on both sides."""
    from gexlake.adapters.system_clock import SystemClock
    from gexlake.application.keeping.replay_rejects import ReplayRejects

    sample = tmp_path / "conflict"
    shutil.copytree(FIXTURES / "dirty" / "conflict", sample)
    imported(sample, assume_category="gex_zero")
    for policy in (OnConflict.KEEP, OnConflict.REPLACE):
        ReplayRejects(lake, SystemClock()).run(None, on_conflict=policy)
        assert off(account(lake)) == []
        assert off(compared(lake, sample)) == []
    found = account(lake).rejects
    assert found.replayed == 1
