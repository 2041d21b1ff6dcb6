"""Loading snapshots by their places."""

import pytest

from gexlake.adapters.memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.application.columns.likeness import Told
from gexlake.application.importing.stored.snapshot_loader import Place, SnapshotLoader
from gexlake.domain.identity import Likeness
from gexlake.domain.parts import Part
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import make_snapshots, stage_part

#: More than are compared at a time.
MANY = 1_003


@pytest.fixture(scope="module")
def parts() -> tuple[SnapshotLoader, Part, Part]:
    """Give two parts of the same moments: the second one is rounded, and its last two have another spot."""
    sink = InMemoryStrikeSink()
    loader = SnapshotLoader(lambda _: InMemoryStrikeSource(sink))
    fine = make_snapshots(MANY, zero_gamma=25150.251)
    coarse = [*make_snapshots(MANY - 2), *make_snapshots(2, second=MANY - 2, spot=1.0)]
    return loader, stage_part(sink, fine, unit="fine")[0], stage_part(sink, coarse, unit="coarse")[0]


def place(part: Part, number: int, *, keyed: bool = True) -> Place:
    """Name the place of a snapshot, with or without its key."""
    micros = to_micros(part.first) + number * 1_000_000
    return Place(part, (1 << 32) + number if keyed else None, micros)


def test_pairs_are_told_in_their_order(parts: tuple[SnapshotLoader, Part, Part]):
    """Of more than one window; whether a place has a key, stands twice or comes late."""
    loader, fine, coarse = parts
    numbers = [MANY - 1, *range(MANY), 3, 3]
    pairs = [(place(fine, n, keyed=False), place(coarse, n)) for n in numbers]
    twin, conflict = Told(Likeness.ROUNDING_TWIN), Told(Likeness.CONFLICT, ("spot", "zero_gamma"))
    assert loader.alike(pairs) == [conflict, *[twin] * (MANY - 2), conflict, conflict, twin, twin]
    assert loader.alike([(place(fine, 3), place(fine, 3))]) == [Told(Likeness.SAME)]
    assert loader.alike([]) == []


def test_a_place_that_is_not_there_is_said(parts: tuple[SnapshotLoader, Part, Part]):
    """One at a time as in pairs."""
    loader, fine, coarse = parts
    with pytest.raises(LookupError):
        loader.alike([(place(fine, 0), place(coarse, 0)), (place(fine, 1), place(coarse, MANY + 5))])
    with pytest.raises(LookupError):
        loader.get(place(coarse, MANY + 5))
    assert loader.get(place(coarse, MANY - 1)).spot == 1.0
