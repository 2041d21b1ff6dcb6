"""Damage between and within records: what it costs, and that it costs no more."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gexlake.domain.rejects import RejectReason
from support.agreement import assert_agreement
from support.reading import Reading, read_bytes
from support.records import LAYOUTS, OPEN, array, crlf_lines, lines, record, records, words

RAWS = [words(made) for made in records(5)]
NOT_JSON = RejectReason.NOT_JSON
BLOCKS = [80, 700, 1 << 18]


def seconds(reading: Reading) -> list[int]:
    """Name the records that came, by their seconds since the open."""
    return [int(moment) - OPEN for moment in reading.timestamps]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("garbage", [b"garbage", b"\xff\xfe\0", b"null", b'"text"', b"5", b"}", b'"', b"{]", b'{"a":'])
def test_garbage_between_records(layout: str, garbage: bytes, tmp_path: Path):
    """It is kept word for word where it stood, and every record around it goes in, wherever blocks begin."""
    for block in BLOCKS:
        reading = read_bytes(tmp_path, LAYOUTS[layout]([*RAWS[:2], garbage, *RAWS[2:]]), block=block)

        assert seconds(reading) == [0, 1, 2, 3, 4], block
        assert [(reject.reason, reject.record, reject.raw) for reject in reading.rejects] == [(NOT_JSON, 2, garbage)]
        assert sorted(reading.snapshots) == [0, 1, 3, 4, 5]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("at", [1, 2, 8, 13, 14, 15, 60, 150, 200, 215, 300, 420])
def test_record_that_breaks_off_before_the_next(layout: str, at: int, tmp_path: Path):
    """A recorder was killed within a record and went on with the next one, wherever blocks begin."""
    torn = RAWS[2][:at]
    for block in BLOCKS:
        reading = read_bytes(tmp_path, LAYOUTS[layout]([*RAWS[:2], torn, *RAWS[3:]]), block=block)

        assert seconds(reading) == [0, 1, 3, 4], block
        assert [reject.reason for reject in reading.rejects] == [NOT_JSON]
        assert reading.rejects[0].raw in (torn, torn.rstrip(b","))


@pytest.mark.parametrize("layout", ["lines", "crlf lines"])
@pytest.mark.parametrize("at", [2, 60, 200, 300, 420])
def test_line_that_breaks_off_without_a_line_end(layout: str, at: int, tmp_path: Path):
    """The next record stands on the same line, and comes."""
    torn = RAWS[1][:at] + RAWS[2]

    reading = read_bytes(tmp_path, LAYOUTS[layout]([RAWS[0], torn, *RAWS[3:]]))

    assert seconds(reading) == [0, 2, 3, 4]
    assert [reject.raw for reject in reading.rejects] == [RAWS[1][:at].rstrip(b",")]


@pytest.mark.parametrize("layout", ["container", "array"])
@pytest.mark.parametrize("lost", [b"}", b"]}", b"]]}"])
def test_record_that_lost_its_last_brackets(layout: str, lost: bytes, tmp_path: Path):
    """The brackets of the records after it must not be taken for its own."""
    broken = RAWS[1].removesuffix(b"]]}") + b"]]}".removesuffix(lost) + b"1"

    reading = read_bytes(tmp_path, LAYOUTS[layout]([RAWS[0], broken, *RAWS[2:]]))

    assert seconds(reading) == [0, 2, 3, 4]
    assert [reject.record for reject in reading.rejects] == [1]


@pytest.mark.parametrize("first", [b"", b"garbage", b"\xff", b"null", b"[", b"1,2,[]"])
@pytest.mark.parametrize("block", BLOCKS)
def test_list_that_begins_with_something_else(first: bytes, block: int, tmp_path: Path):
    """One bad item at its start must not cost a whole file."""
    for layout in ("array", "container", "spaced array"):
        reading = read_bytes(tmp_path, LAYOUTS[layout]([first, *RAWS]), block=block)

        assert seconds(reading) == [0, 1, 2, 3, 4]
        assert [reject.raw for reject in reading.rejects] == ([first] if first else [])


def test_first_record_without_a_good_name(tmp_path: Path):
    """The mark by which records are found after damage must not come from a damaged record."""
    for first in (b'{"tim', b'{"-"min_dte":0}', b"{}", b'{"tim{"x":1}'):
        reading = read_bytes(tmp_path, array([first, *RAWS[1:]]))

        assert seconds(reading) == [1, 2, 3, 4], first
        assert len(reading.rejects) == 1


def test_torn_tail_that_holds_what_looks_like_a_record(tmp_path: Path):
    """A field's own object is no record, though it begins like one."""
    nested = [record(n, past={"timestamp": 1, "x": [{"timestamp": 2}]}) for n in range(2)]
    data = lines([words(made) for made in nested])

    for size in range(len(data) // 2, len(data)):
        reading = read_bytes(tmp_path, data[:size], block=700)
        assert len(reading.snapshots) == (2 if size >= len(data) - 1 else 1)
        assert reading.rejects == []


def test_pretty_printed_file_with_a_broken_record(tmp_path: Path):
    """Damage in an indented file costs the record that it is in."""
    data = json.dumps(records(5), indent=2).encode()
    at = data.index(b'"sum_gex_vol"', data.index(b'"sum_gex_vol"') + 1)

    reading = read_bytes(tmp_path, data[:at] + b"]" + data[at:], block=700)

    assert seconds(reading) == [0, 2, 3, 4]
    assert {reject.reason for reject in reading.rejects} == {NOT_JSON}


@pytest.mark.parametrize("raws", [[], [RAWS[0]]])
def test_line_ends_do_not_count(raws: list[bytes], tmp_path: Path):
    """Empty lines are nothing, with any line end."""
    reading = read_bytes(tmp_path, b"\r\n \r\n".join([RAWS[1], *raws, b""]) + b"\n\n" + crlf_lines(RAWS[2:]))

    assert len(reading.snapshots) == 4 + len(raws)
    assert reading.rejects == []


@settings(max_examples=100, deadline=None)
@given(
    layout=st.sampled_from(["array", "lines", "spaced array", "array with a record a line"]),
    at=st.integers(40, len(RAWS[0])),
    size=st.integers(0, 200),
    junk=st.one_of(st.binary(max_size=6), st.text('"{}[],:\\ 1a', max_size=6).map(str.encode)),
    block=st.sampled_from(BLOCKS),
)
def test_damage_within_a_record_costs_that_record(
    tmp_path_factory: pytest.TempPathFactory, layout: str, at: int, size: int, junk: bytes, block: int
):
    """Whatever happens to the bytes of one record, the others go in."""
    broken = RAWS[2][:at] + junk.replace(b"\n", b"") + RAWS[2][at + size :]

    reading = read_bytes(tmp_path_factory.getbasetemp(), LAYOUTS[layout]([*RAWS[:2], broken, *RAWS[3:]]), block=block)

    assert set(seconds(reading)) >= {0, 1, 3, 4}


@pytest.mark.parametrize("block", BLOCKS)
def test_line_of_damage_that_begins_with_a_comma(block: int, tmp_path: Path):
    """The comma is kept with it, also where a block begins there."""
    data = lines([RAWS[0], RAWS[1], b',"strikes":[[1', *RAWS[2:]])

    for piece in (100, 500, 1 << 18):
        reading = read_bytes(tmp_path, data, block=block, piece=piece)

        assert seconds(reading) == [0, 1, 2, 3, 4]
        assert [(reject.record, reject.raw) for reject in reading.rejects] == [(2, b',"strikes":[[1')]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("at", [0, 2, 5])
def test_line_of_nothing_but_commas(at: int, block: int, tmp_path: Path):
    """It is kept, also where a block begins or ends with it."""
    data = lines([*RAWS[:at], b",,", *RAWS[at:]])

    for piece in (100, 500, 1 << 18):
        reading = read_bytes(tmp_path, data, block=block, piece=piece)

        assert seconds(reading) == [0, 1, 2, 3, 4]
        assert [(reject.record, reject.raw) for reject in reading.rejects] == [(at, b",,")]


#: What may stand where a record should, one after the other over and over.
DAMAGE = [
    b"garbage",
    RAWS[0][:-3],
    RAWS[0][:300],
    RAWS[0][:35],
    RAWS[0].replace(b",", b",,", 1),
    RAWS[0].replace(b'"spot":', b'"spot":1e999,"was":'),
    RAWS[0].replace(b'"spot":', b'"spot":-'),
    RAWS[0].replace(b'"spot":', b'"note":"\\ud800","spot":'),
    b'{"timestamp":',
]


@pytest.mark.parametrize("layout", ["array", "lines"])
@pytest.mark.parametrize("apart", [1, 2, 20])
def test_damage_at_many_places(layout: str, apart: int, tmp_path: Path):
    """Between few or many good records, each alone or in a row: every way of reading says the same as the model."""
    raws = [
        DAMAGE[n // apart % len(DAMAGE)] if n and n % apart == 0 else words(made) for n, made in enumerate(records(60))
    ]

    told = assert_agreement(tmp_path, LAYOUTS[layout](raws), blocks=(4000, 1 << 18))

    assert len(told.snapshots) >= 60 - 60 // apart
