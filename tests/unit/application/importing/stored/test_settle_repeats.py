"""Settling repeats: who stays, who goes, and as what it is counted."""

from collections.abc import Sequence

import numpy as np
import pytest

from gexlake.application.columns.likeness import Told, likenesses
from gexlake.application.columns.rows import content_hashes
from gexlake.application.importing.stored.repeats import Settlement, settle_repeats
from gexlake.application.importing.stored.snapshot_loader import Place
from gexlake.domain.runs import OnConflict
from gexlake.domain.snapshot import GexSnapshot
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import make_part, make_snapshot
from support.parts import rows_of

A = make_snapshot()
TWIN = make_snapshot(spot=25190.504, zero_gamma=25150.251)
B = make_snapshot(spot=1.0)
C = make_snapshot(spot=2.0)
ZERO, MINUS_ZERO = make_snapshot(delta_risk_reversal=0.0), make_snapshot(delta_risk_reversal=-0.0)
KEEP, REPLACE, FAIL = OnConflict


class Looked:
    """Gives snapshots by the number in their place, and remembers which were looked at."""

    def __init__(self, everything: Sequence[GexSnapshot]) -> None:
        self._everything = everything
        self.loaded: list[str] = []

    def get(self, place: Place) -> GexSnapshot:
        """Give one."""
        self.loaded.append(str(place.key))
        return self._everything[place.key or 0]

    def alike(self, pairs: Sequence[tuple[Place, Place]]) -> list[Told | None]:
        """Compare many."""
        if not pairs:
            return []
        first, second = ([self._everything[place.key or 0] for place in side] for side in zip(*pairs, strict=True))
        return likenesses(rows_of(first), rows_of(second))


def settle(
    new: Sequence[GexSnapshot], stored: Sequence[GexSnapshot] = (), policy: OnConflict = KEEP
) -> tuple[Settlement, list[str]]:
    """Settle newcomers against what is stored; name the snapshots that were looked at."""
    part, _ = make_part([*new, *stored])
    everything = [*new, *stored]
    hashes = content_hashes(*rows_of(everything))
    places = [Place(part, n, to_micros(snapshot.timestamp)) for n, snapshot in enumerate(everything)]
    kept = {place.micros: (place, int(hashes[n])) for n, place in enumerate(places) if n >= len(new)}
    snapshots = Looked(everything)
    return settle_repeats(places[: len(new)], hashes[: len(new)], kept, snapshots, policy), snapshots.loaded


@pytest.mark.parametrize("policy", OnConflict)
def test_nothing_repeats(policy: OnConflict):
    """Snapshots of different seconds have nothing to settle, and are not loaded."""
    settled, loaded = settle([make_snapshot(second=n) for n in range(3)], [make_snapshot(second=3)], policy)

    assert settled == Settlement()
    assert loaded == []


@pytest.mark.parametrize("policy", OnConflict)
def test_equal_content_is_a_duplicate_without_a_look(policy: OnConflict):
    """Equal hashes are enough."""
    settled, loaded = settle([A, A, A], [], policy)

    assert (settled.duplicates, settled.dropped, loaded) == ([1, 2], {1, 2}, [])
    assert settle([A], [A], policy)[0].duplicates == [0]


@pytest.mark.parametrize("policy", OnConflict)
def test_zero_and_minus_zero_are_a_duplicate(policy: OnConflict):
    """Their hashes differ, a look tells that they are the same."""
    assert settle([ZERO, MINUS_ZERO], [], policy)[0].duplicates == [1]
    assert settle([MINUS_ZERO], [ZERO], policy)[0].duplicates == [0]


@pytest.mark.parametrize("policy", OnConflict)
def test_rounding_twin_is_counted_apart_and_the_first_stays(policy: OnConflict):
    """Whichever copy is finer, under every policy."""
    assert settle([TWIN, A], [], policy)[0].rounding_twins == [1]
    settled = settle([TWIN], [A], policy)[0]
    assert (settled.rounding_twins, settled.losers, settled.replaced) == ([0], [], [])


@pytest.mark.parametrize("policy", [KEEP, FAIL])
def test_conflict_keeps_what_is_stored(policy: OnConflict):
    """The newcomer loses, and the reason names the fields and who stays."""
    settled, _ = settle([B], [A], policy)

    assert (settled.conflicts, settled.replaced) == ([0], [])
    (loser,) = settled.losers
    assert loser.snapshot() is B
    assert loser.detail == (
        "another snapshot of NQ_NDX/classic/gex_zero at this time differs in spot; the stored one stays"
    )


def test_conflict_among_newcomers_keeps_the_first():
    """The order of arrival decides."""
    settled, _ = settle([A, B, A, C])

    assert (settled.duplicates, settled.conflicts) == ([2], [1, 3])
    assert [loser.snapshot() for loser in settled.losers] == [B, C]


def test_conflict_replaces_what_is_stored_if_asked_to():
    """The stored one loses and makes way."""
    settled, _ = settle([B], [A], REPLACE)

    assert (settled.conflicts, [place.key for place in settled.replaced]) == ([], [1])
    (loser,) = settled.losers
    assert loser.snapshot() is A
    assert loser.detail.endswith("differs in spot; replaced by it")


def test_last_of_several_newcomers_replaces():
    """The stored one makes way once, the newcomers before the last are conflicts."""
    settled, _ = settle([B, C, C, B], [A], REPLACE)

    assert settled.duplicates == [2]
    assert settled.conflicts == [0, 1]
    assert [place.key for place in settled.replaced] == [4]
    assert [loser.snapshot() for loser in settled.losers] == [A, B, C]


def test_replacing_among_newcomers_touches_nothing_stored():
    """Within one unit the last one wins."""
    settled, _ = settle([A, B], [], REPLACE)

    assert (settled.conflicts, settled.replaced) == ([0], [])


@pytest.mark.parametrize("policy", OnConflict)
def test_each_newcomer_is_dropped_for_one_reason_at_most(policy: OnConflict):
    """The counts of a file add up."""
    settled, _ = settle([A, B, TWIN, A, C, B, ZERO, MINUS_ZERO], [C], policy)

    assert len(settled.dropped) == len(settled.duplicates) + len(settled.rounding_twins) + len(settled.conflicts)
    assert len(settled.losers) == len(settled.conflicts) + len(settled.replaced)


def test_seconds_are_settled_one_by_one():
    """What repeats in one second does not disturb another."""
    later = make_snapshot(second=1)

    settled, _ = settle([later, A, B, later], [])

    assert (settled.duplicates, settled.conflicts) == ([3], [2])
    assert np.setdiff1d(np.arange(4), sorted(settled.dropped)).tolist() == [0, 1]
