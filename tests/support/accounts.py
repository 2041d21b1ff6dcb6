"""The account of a lake, and what comparing it with its sources adds, as a test wants to see them."""

from __future__ import annotations

from pathlib import Path

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import RecordingProgress
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.ports.unit_of_work import Lake
from gexlake.application.proving.compare_sources import CompareSources
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.account import Account


def account(lake: Lake) -> Account:
    """Make the account of a lake."""
    return VerifyLake(lake).run()


def compared(lake: Lake, source: Path) -> Account:
    """Read a source again and compare."""
    return CompareSources(lake, {"legacy": LegacyReader}, SystemClock()).run(source, RecordingProgress())


def off(found: Account) -> list[str]:
    """Name the kinds of what is off, in order; and see that each says what to do."""
    for disagreement in found.disagreements:
        assert disagreement.sentence
        assert "{" not in disagreement.sentence + disagreement.cure
        assert disagreement.cure
    return [disagreement.kind.value for disagreement in found.disagreements]
