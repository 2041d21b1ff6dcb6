"""Random kills of the real command with workers; ``make crashtest`` does hundreds of them."""

import sys
from pathlib import Path

import pytest

from support.commands import Commands
from support.random_kills import RandomKills


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the workers in /proc")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [20251006])
def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(seed: int, commands: Commands, tmp_path: Path):
    """Parent, group or worker, at any moment of an import, a replacement, a clearing, a replay, a rebuild."""
    report = RandomKills(tmp_path, seed, size=40, commands=commands).run(kills=15, each=3)

    assert report.wrong == [], str(report)
    assert (report.lost, report.doubled, report.kills.total()) == (0, 0, 15), str(report)
