"""Rows of parts against the domain model: what is picked, flagged, hashed and rewritten."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gexlake.adapters.memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.application.columns.batch import snapshots_of
from gexlake.application.columns.rows import (
    RECORDS,
    content_hashes,
    file_of,
    flags,
    key_of,
    micros_of,
    pick,
    record_of,
    row_keys,
)
from gexlake.application.importing.stored.rewriting import rewrite
from gexlake.domain.identity import Likeness, compare
from gexlake.domain.snapshot import GexSnapshot, StrikeLevel
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import make_ladder, make_snapshot, make_snapshots
from support.parts import read_back, rows_of, stage

CENTS = st.integers(-10_000_000, 10_000_000).map(lambda n: n / 100)
MAYBE = st.one_of(st.none(), CENTS)
PRIORS = st.one_of(st.just(()), st.tuples(CENTS, CENTS, CENTS, CENTS, CENTS))
ZEROS = st.sampled_from([0.0, -0.0])


@st.composite
def snapshots(draw: st.DrawFn) -> GexSnapshot:
    """Give snapshots whose sums are right, a little off, or absent."""
    count = draw(st.integers(1, 12))
    ladder = [
        StrikeLevel(strike=100 + n, gamma=draw(CENTS), oi_gamma=draw(st.one_of(CENTS, ZEROS)), priors=draw(PRIORS))
        for n in range(count)
    ]
    edge = 0.005 * count + 0.0005
    off = st.sampled_from([0, edge - 1e-4, -edge + 1e-4, edge + 1e-4, -edge - 1e-4, 99, None])
    sums = {}
    for name, column in (("sum_gex_vol", "gamma"), ("sum_gex_oi", "oi_gamma")):
        missing = draw(off)
        sums[name] = None if missing is None else sum(getattr(level, column) for level in ladder) + missing
    return make_snapshot(
        strikes=ladder,
        package=draw(st.sampled_from(["classic", "classic", "state"])),
        second=draw(st.integers(0, 50)),
        zero_gamma=draw(st.one_of(CENTS, ZEROS)),
        delta_risk_reversal=draw(MAYBE),
        min_dte=draw(st.one_of(st.none(), st.integers(0, 90))),
        max_priors=draw(st.one_of(st.none(), st.lists(st.tuples(CENTS, CENTS), max_size=6))),
        extra=draw(st.one_of(st.just({}), st.dictionaries(st.text(max_size=3), CENTS, max_size=2))),
        net_gex=draw(CENTS),
        **sums,
    )


SOME = st.lists(snapshots(), min_size=1, max_size=8)


@settings(deadline=None, max_examples=50)
@given(SOME)
def test_flagged_are_those_whose_ladder_does_not_add_up(made: list[GexSnapshot]):
    """The column says what the model says, at the edges of the tolerance too."""
    assert flags(*rows_of(made)).tolist() == [not snapshot.ladder_adds_up for snapshot in made]


@settings(deadline=None, max_examples=50)
@given(SOME)
def test_columns_and_snapshots_are_two_ways_to_say_the_same(made: list[GexSnapshot]):
    """What goes into columns comes out again."""
    assert list(snapshots_of(*rows_of(made))) == made


@settings(deadline=None, max_examples=50)
@given(SOME, st.data())
def test_picking_takes_snapshots_with_their_ladders(made: list[GexSnapshot], data: st.DataObject):
    """In any order, any of them, also twice or none."""
    index = data.draw(st.lists(st.integers(0, len(made) - 1), max_size=12))

    picked = pick(*rows_of(made), np.array(index, np.int64))

    assert list(snapshots_of(*picked)) == [made[n] for n in index]


@settings(deadline=None, max_examples=50)
@given(SOME, st.data())
def test_equal_hashes_mean_equal_content(made: list[GexSnapshot], data: st.DataObject):
    """Copies have equal hashes wherever they stand; what compares as another thing has another hash."""
    copies = [made[n].model_copy(update={"envelope": {"n": n}}) for n in data.draw(st.permutations(range(len(made))))]
    everything = [*made, *copies]

    hashes = content_hashes(*rows_of(everything)).tolist()

    for n, one in enumerate(everything):
        for other, hash_ in zip(everything, hashes, strict=True):
            if hashes[n] == hash_:
                assert compare(one, other) is Likeness.SAME
            elif compare(one, other) is Likeness.SAME:
                assert repr(one.model_dump(exclude={"envelope"})) != repr(other.model_dump(exclude={"envelope"}))
    assert sorted(hashes[: len(made)]) == sorted(hashes[len(made) :])


@pytest.mark.parametrize(
    "change",
    [
        {"spot": 1.0},
        {"zero_gamma": 5e-324},
        {"min_dte": None},
        {"sec_min_dte": 2},
        {"net_gex": 2.0},
        {"max_priors": None},
        {"max_priors": []},
        {"max_priors": [[25187.21, 1.5], [25197.21, -2.5]]},
        {"extra": {"a": 1}},
        {"strikes": make_ladder()[:2]},
        {"strikes": [*make_ladder()[:2], StrikeLevel(strike=25207.21, gamma=14.5, oi_gamma=-6.25)]},
    ],
)
def test_every_field_is_in_the_hash(change: dict[str, object]):
    """A change of any field changes it."""
    sums = {"sum_gex_vol": 1.0, "sum_gex_oi": 1.0}
    one, other = make_snapshot(**sums), make_snapshot(**sums | change)

    first, second = content_hashes(*rows_of([one, other])).tolist()

    assert first != second


def test_the_hash_of_a_snapshot_never_changes():
    """Lakes hold hashes, which prove what is stored; a field that comes later may be in those only that have it."""
    assert content_hashes(*rows_of([make_snapshot(extra={"a": 1})])).tolist() == [-2112621053182545955]


def test_keys_are_file_and_record():
    """One integer that is unique in a lake and sorts by arrival."""
    table, _ = rows_of(make_snapshots(3), file_id=7, first=5)

    assert row_keys(table).tolist() == [7 * 2**32 + n for n in (5, 6, 7)]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_rewriting_gives_the_wanted_order(batch_size: int):
    """Row groups in no order at all come out as asked, some left out, in groups of the asked size."""
    sink = InMemoryStrikeSink()
    made = make_snapshots(10)
    shuffled = [made[n] for n in (7, 2, 9, 4, 0, 1, 8, 3, 6, 5)]
    part = stage(sink, shuffled[:4], shuffled[4:5], shuffled[5:])
    keys = np.concatenate([row_keys(group) for group, _ in sink.row_groups(part)])
    micros = np.concatenate([micros_of(group) for group, _ in sink.row_groups(part)])
    kept = np.argsort(micros)[1:]
    writer = sink.stage(part.key.model_copy(update={"name": "again"}))

    rewrite(InMemoryStrikeSource(sink), part, keys[kept], micros[kept], writer, batch_size)

    again = writer.close()
    assert read_back(sink, again) == made[1:]
    assert [group.num_rows for group, _ in sink.row_groups(again)] == [
        min(batch_size, 9 - start) for start in range(0, 9, batch_size)
    ]
    assert to_micros(again.first) == to_micros(made[1].timestamp)


@given(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, RECORDS - 1)), min_size=1, max_size=5))
def test_a_key_holds_the_numbers_of_file_and_record(places: list[tuple[int, int]]) -> None:
    """One by one and in columns; in their order."""
    keys = [key_of(*place) for place in places]
    assert [(file_of(key), record_of(key)) for key in keys] == places
    assert sorted(keys) == [key_of(*place) for place in sorted(places)]
    columns = [np.array(column, np.int64) for column in zip(*places, strict=True)]
    found = key_of(*columns)
    assert (found.dtype, found.tolist()) == (np.int64, keys)
    assert [column.tolist() for column in (file_of(found), record_of(found))] == [column.tolist() for column in columns]
