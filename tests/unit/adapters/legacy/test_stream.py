"""The bytes of a source: unpacked whatever the name says, and what remains of them when they are damaged."""

import zlib
from pathlib import Path

import pytest

from gexlake.adapters.disk.files import digest
from gexlake.adapters.legacy.cutting.stream import SourceStream, sniff
from support.reading import read_bytes
from support.records import array, lines, records, words, zipped

RAWS = [words(made) for made in records(20)]
DATA = array(RAWS)


def unpacked(path: Path, block: int = 1 << 18) -> tuple[bytes, str]:
    """Read a stream to its end; give its bytes, and where it breaks off."""
    with SourceStream(path, block) as stream:
        data = b"".join(iter(stream.read, b""))
        assert stream.read() == b""
        return data, stream.torn


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1000, 1 << 18])
@pytest.mark.parametrize(
    "stored",
    [
        DATA,
        zipped(DATA),
        zipped(DATA[:500]) + zipped(DATA[500:]),
        zipped(b"") + zipped(DATA),
        zipped(DATA) + b"\0" * 100,
        zipped(DATA[:9]) + b"\0\0" + zipped(DATA[9:]),
        b"\xef\xbb\xbf" + DATA,
        zipped(b"\xef\xbb\xbf" + DATA),
        zipped(b"\xef\xbb\xbf") + zipped(DATA),
        zipped(b"\xef") + zipped(b"\xbb\xbf") + zipped(DATA),
    ],
)
def test_whole_files(stored: bytes, block: int, tmp_path: Path):
    """Plain, packed, in several members, padded, with a byte order mark: the same bytes come out."""
    path = tmp_path / "day.json"
    path.write_bytes(stored)

    assert unpacked(path, block) == (DATA, "")


@pytest.mark.parametrize("block", [1, 7, 1 << 18])
@pytest.mark.parametrize("stored", [DATA, zipped(DATA), zipped(DATA) + b"\0" * 100, b"\xef\xbb\xbf" + DATA])
def test_the_sum_of_what_came_by(stored: bytes, block: int, tmp_path: Path):
    """It is that of the file as far as it was to be summed up, whatever it has grown by since."""
    path = tmp_path / "day.json"
    path.write_bytes(stored)
    size = len(stored) - 3

    with SourceStream(path, block, size) as stream:
        assert stream.digest == ""
        b"".join(iter(stream.read, b""))
        assert stream.digest == digest(path, size)


def test_no_sum_of_what_was_not_read(tmp_path: Path):
    """Behind damage a stream ends, and a file that was cut has not all the bytes."""
    path = tmp_path / "day.json"
    for stored, more in ((zipped(DATA) + b"no gzip" * 100, 0), (DATA, 1)):
        path.write_bytes(stored)
        with SourceStream(path, 64, len(stored) + more) as stream:
            b"".join(iter(stream.read, b""))
            assert stream.digest == ""


@pytest.mark.parametrize("block", [7, 64, 1000, 1 << 18])
@pytest.mark.parametrize("times", [1, 20])
def test_gzip_cut_at_any_byte(times: int, block: int, tmp_path: Path):
    """All that was packed before the cut comes out, however little it was packed into, and the cut is said."""
    path = tmp_path / "day.json.gz"
    packed = zipped(DATA * times)

    for size in range(2, len(packed), len(packed) // 60):
        path.write_bytes(packed[:size])
        data, torn = unpacked(path, block)
        assert data == zlib.decompressobj(wbits=31).decompress(packed[:size])
        assert "gzip stream is cut off" in torn


def test_damage_within_a_gzip_stream(tmp_path: Path):
    """Bytes that do not unpack end the file, with a word; what came before stays."""
    packed = bytearray(zipped(DATA))
    packed[-1] ^= 0xFF
    path = tmp_path / "day.json.gz"

    for block in (1, 100, 1 << 18):
        path.write_bytes(bytes(packed))
        data, torn = unpacked(path, block)
        assert data == DATA
        assert "gzip stream is damaged" in torn

        path.write_bytes(bytes(packed[:300]) + b"\xff" * 50 + bytes(packed[350:]))
        data, torn = unpacked(path, block)
        assert data[:1000] == DATA[:1000]
        assert "gzip stream is damaged" in torn


@pytest.mark.parametrize("number", [1, 3, 20, 500])
@pytest.mark.parametrize("trailing", range(-8, 0))
def test_gzip_whose_checksum_is_wrong(number: int, trailing: int, tmp_path: Path):
    """All of it unpacks, so that all of its records go in, and those of the members before it."""
    made = [words(one) for one in records(number)]
    packed = bytearray(zipped(lines(made)))
    packed[trailing] ^= 1
    path = tmp_path / "day.jsonl.gz"
    path.write_bytes(zipped(lines(RAWS)) + bytes(packed))

    for block in (1 if number < 500 else 13, 100, 1 << 18):
        data, torn = unpacked(path, block)
        assert data == lines(RAWS) + lines(made)
        assert "gzip stream is damaged" in torn


def test_other_bytes_after_a_gzip_stream(tmp_path: Path):
    """The records of the stream come, and what follows it is said."""
    reading = read_bytes(tmp_path, zipped(DATA) + b"plain text", "2025-10-06_NQ_NDX_gex_zero.json.gz")

    assert len(reading.snapshots) == 20
    assert "something that is not gzip follows" in reading.torn


def test_gzip_member_that_is_cut_before_another(tmp_path: Path):
    """A recorder was killed while it packed, and began a new member: the records before the cut come."""
    first, second = zipped(lines(RAWS[:10])), zipped(lines(RAWS[10:]))

    reading = read_bytes(tmp_path, first[:-20] + second, "2025-10-06_NQ_NDX_gex_zero.jsonl.gz")

    assert set(reading.snapshots) >= set(range(8))
    assert "gzip stream is damaged" in reading.torn


@pytest.mark.parametrize(
    ("data", "json"),
    [
        (b"{", True),
        (b" \n[", True),
        (b"\xef\xbb\xbf[", True),
        (b"\x1f\x8b\x08", True),
        (b"", False),
        (b"timestamp,spot", False),
        (b"PK\x03\x04", True),
    ],
)
def test_sniffing_a_file_without_a_telling_name(data: bytes, *, json: bool, tmp_path: Path):
    """By the magic bytes, or the first character; an archive that is too torn to be looked into may hold some."""
    path = tmp_path / "file"
    path.write_bytes(data)

    assert sniff(path) is json
