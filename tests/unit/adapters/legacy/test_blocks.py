"""Cutting files into records: every layout, every block size, every place at which a file may break off."""

import json
from pathlib import Path

import pytest

from gexlake.domain.errors import SourceUnreadable
from support.cutting import cut_exactly, cut_quickly
from support.records import LAYOUTS, enveloped, one_after_the_other, record, row, words

#: Records whose strings, extra fields and nests look like borders.
TRICKY = [
    record(0, strikes=[row(1)]),
    record(1, strikes=[row(2)], note='},{"timestamp":1', text="]}\\"),
    record(2, strikes=[row(3)], past=[{"timestamp": 1}, {"timestamp": 2}], quote='"', tail="\\\\"),
    enveloped(record(3, strikes=[row(4)])),
    record(4, strikes=[row(5)], last={"timestamp": {"timestamp": []}}),
]
RAWS = [words(made) for made in TRICKY]
SHORT = [words({"timestamp": n, "x": '},{"timestamp":', "y": [{"timestamp": 1}]}) for n in range(3)]


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> str:
    """A way to lay records out."""
    return str(request.param)


def test_every_layout_gives_its_records_word_for_word(layout: str, tmp_path: Path):
    """Whatever lies between records, their words come out as they went in, and where they are said to be."""
    path = tmp_path / "day.json"
    data = LAYOUTS[layout](RAWS)
    path.write_bytes(data)

    found = cut_exactly(path, 1 << 18)

    assert found.records == RAWS
    assert found.damage == []
    assert found.torn == ""
    assert [data[at : at + len(raw)] for at, raw in zip(found.offsets, RAWS, strict=True)] == RAWS


def test_block_borders_at_every_offset(layout: str, tmp_path: Path):
    """However a file is cut into blocks, within escapes, keys and line ends, the records are the same."""
    path = tmp_path / "day.json"
    path.write_bytes(LAYOUTS[layout](RAWS))

    for block in [*range(1, 12), *range(12, 1200, 7)]:
        found = cut_exactly(path, block)
        assert (found.records, found.damage, found.torn) == (RAWS, [], ""), block
        assert cut_quickly(path, block) == TRICKY, block


def test_cut_at_every_byte(layout: str, tmp_path: Path):
    """A file that breaks off anywhere gives its complete records, nothing else, and says that it is torn."""
    path = tmp_path / "day.json"
    data = LAYOUTS[layout](SHORT)
    ends = [data.index(raw) + len(raw) for raw in SHORT]

    for size in range(ends[0], len(data)):
        path.write_bytes(data[:size])
        found = cut_exactly(path, 50)
        assert found.records == [raw for raw, end in zip(SHORT, ends, strict=True) if end <= size], size
        assert found.damage == []
        at_a_line_end = "line" in layout and "array" not in layout and data[:size].rstrip().endswith(tuple(SHORT))
        # After the bracket that ends an array, only white space is missing.
        closed = "array" in layout and size > ends[-1] and data[:size].rstrip().endswith(b"]")
        assert bool(found.torn) is not (at_a_line_end or closed), size


def test_cut_before_the_first_record_is_complete(layout: str, tmp_path: Path):
    """There is nothing to give yet; that is no error unless there is nothing at all."""
    path = tmp_path / "day.json"
    data = LAYOUTS[layout](SHORT)

    for size in range(data.index(SHORT[0]) + len(SHORT[0])):
        path.write_bytes(data[:size])
        try:
            found = cut_exactly(path, 50)
        except SourceUnreadable:
            assert data[:size].strip() in (b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef")
            continue
        assert (found.records, found.damage) == ([], [])
        assert found.torn


@pytest.mark.parametrize("indent", [1, 4, "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("whole", [TRICKY, {"snapshots": TRICKY}, {"count": 5, "payloads": TRICKY}])
def test_pretty_printed(indent: int | str, line_end: str, whole: object, tmp_path: Path):
    """Indented files by hand, with any line ends."""
    path = tmp_path / "day.json"
    path.write_bytes(json.dumps(whole, indent=indent).replace("\n", line_end).encode())

    for block in (1, 100, 1000, 1 << 18):
        assert [json.loads(raw) for raw in cut_exactly(path, block).records] == TRICKY
        assert cut_quickly(path, block) == TRICKY


@pytest.mark.parametrize("between", [b"", b"\n", b"\n\n", b" "])
def test_objects_without_commas(between: bytes, tmp_path: Path):
    """Records one after the other, pretty-printed ones too."""
    path = tmp_path / "day.json"
    path.write_bytes(between.join(json.dumps(made, indent=1).encode() for made in TRICKY))
    for block in (1, 100, 1 << 18):
        assert [json.loads(raw) for raw in cut_exactly(path, block).records] == TRICKY

    path.write_bytes(one_after_the_other(RAWS))
    for block in (1, 100, 1 << 18):
        assert cut_exactly(path, block).records == RAWS


@pytest.mark.parametrize("between", [b"", b"\n", b",", b" , "])
def test_two_arrays_in_one_file(between: bytes, tmp_path: Path):
    """Two exports, one appended to the other."""
    path = tmp_path / "day.json"
    path.write_bytes(LAYOUTS["array"](RAWS[:2]) + between + LAYOUTS["array"](RAWS[2:]))

    for block in (1, 100, 1000, 1 << 18):
        found = cut_exactly(path, block)
        assert (found.records, found.damage, found.torn) == (RAWS, [], ""), block
        assert cut_quickly(path, block) == TRICKY
