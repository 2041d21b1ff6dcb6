"""Telling a file's form by its first structure, whatever its name says."""

import json
from pathlib import Path

import pytest

from gexlake.adapters.legacy.cutting.splitter import MAX_RECORD
from gexlake.domain.errors import SourceUnreadable
from support.cutting import cut_exactly
from support.reading import read_bytes
from support.records import LAYOUTS, array, container, enveloped, lines, paid, records, words, zipped

MADE = records(3)
RAWS = [words(made) for made in MADE]
BLOCKS = [1, 64, 1 << 18]


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (array(RAWS), "array"),
        (b" \r\n\t" + array(RAWS), "array"),
        (b"[]", "array"),
        (b"[\n]\n", "array"),
        (RAWS[0], "object"),
        (json.dumps(MADE[0], indent=2).encode(), "object"),
        (lines(RAWS), "lines"),
        (b"\n\n" + lines(RAWS), "lines"),
        (lines([words(enveloped(made)) for made in MADE]), "lines of envelopes"),
        (lines([words(paid(made)) for made in MADE]), "lines of envelopes"),
        (b"".join(RAWS), "objects"),
        (container(RAWS), "container"),
        (b'{"snapshots":[]}', "container"),
        (b'{"data":[' + RAWS[0] + b"]}", "container"),
        (b'{"a":1,"payloads":[' + RAWS[0] + b"]}", "container"),
        (words(enveloped(MADE[0])), "object"),
        (words(MADE[0] | {"records": [1, {"timestamp": 1}]}), "object"),
    ],
)
@pytest.mark.parametrize("block", BLOCKS)
def test_form_and_records(data: bytes, form: str, block: int, tmp_path: Path):
    """The form is told from the start of the file, however little of it is read at a time."""
    path = tmp_path / "day.json"
    path.write_bytes(data)

    found = cut_exactly(path, block)

    assert found.form == form
    assert found.records == [raw for raw in RAWS if raw in data] or form in ("lines of envelopes", "object")
    assert found.torn == ""


def test_lines_after_a_first_line_of_garbage(tmp_path: Path):
    """The garbage is a reject, and the records come."""
    reading = read_bytes(tmp_path, b"#garbage\xff\n" + lines(RAWS))

    assert (reading.form, len(reading.snapshots)) == ("lines", 3)
    assert [(reject.record, reject.raw) for reject in reading.rejects] == [(0, b"#garbage\xff")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b" \n\r\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"<html>403 Forbidden</html>", "snapshots: it begins with '<html>403 Forbidden</html>'; fetch it again"),
        (b"\0" * 5000, "is no JSON of snapshots"),
        (b'"text"', "is no JSON of snapshots"),
        (b"null", "is no JSON of snapshots: it begins with 'null'; fetch it again, or take it away"),
        (b"17", "is no JSON of snapshots"),
        (b"[1,2,3]", "is JSON, but not a list of snapshots; take it away, or mend it"),
        (b'["a"]', "is JSON, but not a list of snapshots"),
        (b"[[1,2]]", "is JSON, but not a list of snapshots"),
        (b'{"snapshots":[1,2]}', "is JSON, but not a list of snapshots"),
        (zipped(b""), "is empty"),
        (b"\x1f\x8bnot gzip at all", "gzip stream is damaged"),
    ],
)
def test_file_without_records_says_what_it_is(data: bytes, sentence: str, tmp_path: Path):
    """Such a file has failed, and the sentence says why."""
    for block in (100, 1 << 18):
        with pytest.raises(SourceUnreadable) as caught:
            read_bytes(tmp_path, data, block=block)
        assert sentence in str(caught.value)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "tail", [b"", b',"count":3', b',"other":[{"timestamp":1},{"timestamp":2}]', b' , "x":{"a":"]}"}']
)
@pytest.mark.parametrize("block", BLOCKS)
def test_fields_after_a_containers_records(tail: bytes, block: int, tmp_path: Path):
    """They are the container's, not records, even where they look like some."""
    path = tmp_path / "day.json"
    path.write_bytes(b'{"snapshots":[' + b",".join(RAWS) + b"]" + tail + b"}\n")

    found = cut_exactly(path, block)

    assert (found.records, found.damage, found.torn) == (RAWS, [], "")


@pytest.mark.parametrize("tail", [b'"count":5]], "x":1}', b'"count":5]}', b'"a":[1}'])
@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_out_of_place_after_a_containers_records(tail: bytes, block: int, tmp_path: Path):
    """Is kept word for word, also where all records before it are good."""
    found = read_bytes(tmp_path, b'{"snapshots":[' + b",".join(RAWS) + b"]," + tail + b"\n", block=block)

    assert (len(found.snapshots), [reject.raw for reject in found.rejects]) == (3, [tail])


@pytest.mark.parametrize("noted", [[], [1], [{"timestamp": 1}]], ids=["nothing", "a number", "an object"])
@pytest.mark.parametrize("count", [1, 3])
def test_records_whose_first_field_is_called_like_a_containers_list(noted: list[object], count: int, tmp_path: Path):
    """What has a ladder is a record, and the list an unknown field of it."""
    reading = read_bytes(tmp_path, lines([words({"records": noted} | made) for made in MADE[:count]]))

    assert reading.rejects == []
    assert [snapshot.extra for snapshot in reading.snapshots.values()] == [{"records": noted}] * count


@pytest.mark.parametrize("head", [b'{"snapshots":[', b'{"a":1,"data":['])
@pytest.mark.parametrize("tail", [b"]", b"] \n", b"],", b'],"count":3', b'],"count":'])
def test_container_without_its_last_brace(head: bytes, tail: bytes, tmp_path: Path):
    """All its records are in, but the file is torn."""
    for block in BLOCKS:
        found = read_bytes(tmp_path, head + b",".join(RAWS) + tail, block=block)

        assert (len(found.snapshots), found.rejects) == (3, [])
        assert found.torn == "the container has no end: the file breaks off"


#: What may stand in a container before its records, the first of them after a line end or not.
HEADS = {
    "at once": b'{"snapshots":[\n',
    "a field before": b'{"ticker":"NQ_NDX","snapshots":[\n',
    "the first record on the first line": b'{"ticker":"NQ_NDX","snapshots":[',
    "a list within a field before": b'{"about":{"data":[1,2]},"records":[\r\n',
    "such a list, and the first record on the first line": b'{"about":{"data":[1,2]},"records":[',
}


@pytest.mark.parametrize("between", [b",\n", b","])
@pytest.mark.parametrize("head", HEADS)
def test_large_container_with_fields_before_its_records(head: str, between: bytes, tmp_path: Path):
    """It is no file of lines, though a line after its first one may be a record."""
    path = tmp_path / "day.json"
    path.write_bytes(HEADS[head] + between.join(RAWS * 1600) + b"\n]}\n")
    assert path.stat().st_size > MAX_RECORD + (1 << 16)

    found = cut_exactly(path, 1 << 16)

    assert (found.form, len(found.records), found.damage, found.torn) == ("container", 4800, [], "")


@pytest.mark.parametrize("head", HEADS)
def test_container_with_a_record_a_line_that_breaks_off(head: str, tmp_path: Path):
    """Its complete records come, nothing else, and the file is torn."""
    for block in BLOCKS:
        reading = read_bytes(tmp_path, HEADS[head] + b",\n".join(RAWS)[:-9], block=block)

        assert (reading.form, len(reading.snapshots), reading.rejects) == ("container", 2, [])
        assert "the last record breaks off" in reading.torn


@pytest.mark.parametrize("torn", [RAWS[0][:200], HEADS["a field before"].rstrip() + RAWS[0] + b"," + RAWS[0][:200]])
def test_lines_after_a_first_line_that_breaks_off(torn: bytes, tmp_path: Path):
    """Be it a record, or a container with a batch of them: those on the lines after it come."""
    for block in BLOCKS:
        reading = read_bytes(tmp_path, torn + b"\n" + lines(RAWS), block=block)

        assert (reading.form, reading.torn) == ("lines", "")
        assert reading.timestamps[-3:] == [made["timestamp"] for made in MADE]


@pytest.mark.parametrize("between", [b"", b"\n", b",", b" \r\n"])
@pytest.mark.parametrize("first", ["array", "container", "container with fields before"])
@pytest.mark.parametrize("second", ["array", "container", "lines"])
def test_two_files_in_one(between: bytes, first: str, second: str, tmp_path: Path):
    """Whatever was appended to an array or a container, its records come too."""
    path = tmp_path / "day.json"
    path.write_bytes(LAYOUTS[first](RAWS[:2]) + between + LAYOUTS[second](RAWS[2:]))
    for block in BLOCKS:
        found = cut_exactly(path, block)
        assert (found.records, found.damage, found.torn) == (RAWS, [], ""), block


def test_thousands_of_containers_in_one_file(tmp_path: Path):
    """A batch a line, as some recorders write them."""
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\n".join(container([raw]) for raw in RAWS * 700))

    assert len(cut_exactly(path, 1 << 18).records) == 2100


@pytest.mark.parametrize("name", ["2025-10-06_NQ_NDX_classic_gex_zero.json.gz", "x_gex_zero.jsonl", "x_gex_zero.dat"])
@pytest.mark.parametrize("packed", [True, False])
def test_magic_bytes_count_and_not_the_name(name: str, *, packed: bool, tmp_path: Path):
    """A .json.gz can be plain JSON, and the other way round."""
    data = array(RAWS)

    reading = read_bytes(tmp_path, zipped(data) if packed else data, name)

    assert len(reading.snapshots) == 3
    assert reading.form == ("gzip array" if packed else "array")
