"""Files made to exhaust a reader: it stays within some memory, ends, and says what they are."""

import json
from collections import deque
from pathlib import Path

import pytest

from gexlake.adapters.legacy.cutting.splitter import DEFAULT_MARK, Work, split_objects
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.ports.source_reader import ReadOptions
from gexlake.domain.errors import SourceUnreadable
from support.reading import DAY_FILE, read, read_bytes
from support.records import NOW, array, record, words, zipped

MB = 1024 * 1024
GOOD = words(record())
#: Kilobytes; the reader takes some 60 MB at the most, and what gathers without a bound takes far more.
ROOM = 250 * 1024


def kilobytes(name: str) -> int:
    """Read a line of this process's status, such as its peak memory."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1])


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system keeps no peak that can be reset")
def test_flood_of_broken_records_is_read_no_further(tmp_path: Path):
    """It is refused once it is plain that there is no history in it, and never lies in memory as a whole."""
    (tmp_path / DAY_FILE).write_bytes(GOOD + b"\n" + b"{}\n" * (MB // 3))
    Path("/proc/self/clear_refs").write_text("5")
    before = kilobytes("VmRSS")

    with pytest.raises(SourceUnreadable, match="broken records already"):
        read(tmp_path / DAY_FILE)

    assert kilobytes("VmHWM") - before < ROOM


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system keeps no peak that can be reset")
@pytest.mark.parametrize("endless", [b'"', b"[", b'{"a":'], ids=["string", "lists in lists", "objects in objects"])
def test_packed_bomb_is_read_no_further(endless: bytes, tmp_path: Path):
    """20 MB that unpack to 4 GB of a thing without an end: read no further than is needed to see what it is."""
    head = zipped(b"[" + GOOD + b',{"timestamp":' + endless)
    member = zipped((b"y" if endless == b'"' else endless) * (10 * MB // len(endless)))
    (tmp_path / DAY_FILE).write_bytes(head + member * 410)
    Path("/proc/self/clear_refs").write_text("5")
    before = kilobytes("VmRSS")
    reader = LegacyReader()
    (file,) = reader.discover(tmp_path)
    batches = reader.read(file, ReadOptions(NOW))

    with pytest.raises(SourceUnreadable, match="64 MiB of what no snapshot can be"):
        deque(batches, maxlen=0)

    assert kilobytes("VmHWM") - before < ROOM


def test_field_named_twice_among_very_many(tmp_path: Path):
    """Finding it takes one look at each name."""
    names = b",".join(b'"k%d":1' % n for n in range(100_000))

    reading = read_bytes(tmp_path, array([GOOD, b"{" + names + b',"k99999":2}', words(record(1))]))

    assert len(reading.snapshots) == 2
    assert [reject.reason.value for reject in reading.rejects] == ["field-twice"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PK\x03\x04", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"2025-10-06_SPX_classic_gex_zero.json".ljust(257, b"\0") + b"ustar", "tar"),
        (json.dumps([1]).encode("utf-16"), "UTF-16"),
        (json.dumps([1]).encode("utf-32"), "UTF-32"),
    ],
)
def test_file_of_another_kind_is_named(head: bytes, kind: str, tmp_path: Path):
    """Its bytes do not become rejects, line by line, whatever they are."""
    with pytest.raises(SourceUnreadable, match=kind):
        read_bytes(tmp_path, head + b"\n{\0" * 10_000)


def test_text_where_a_tar_archive_says_what_it_is(tmp_path: Path):
    """Without the zeros before it the file is what it looks like."""
    data = array([words({"note": "-" * 247 + "ustar", **record()})])
    assert data[257:262] == b"ustar"

    assert len(read_bytes(tmp_path, data).snapshots) == 1


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("space", ["", "\n", "\r\n \t"])
@pytest.mark.parametrize("data", [array([GOOD]), GOOD, b"[]"])
def test_text_in_another_code_without_a_byte_order_mark(code: str, space: str, data: bytes, tmp_path: Path):
    """It is told by the bytes of its first letters."""
    with pytest.raises(SourceUnreadable, match=f"is text in {code[:6].upper()}; turn it into UTF-8"):
        read_bytes(tmp_path, (space + data.decode()).encode(code))


def test_nul_bytes_in_an_array_make_it_no_other_code(tmp_path: Path):
    """A disk may have left them; the records are looked for behind them."""
    assert len(read_bytes(tmp_path, b"[" + b"\0" * 512 + GOOD + b"]").snapshots) == 1


def test_beginnings_without_end_are_not_followed_for_ever():
    """Once the work is used up the rest is damage, none of it dropped, cut where a record may begin."""
    begun = b'{"timestamp":1' + b"{}" * 20
    data = b",".join([GOOD, *[begun] * 50])

    found = split_objects(data, DEFAULT_MARK, 0, Work(500), final=True)

    assert found.segments[0].raw == GOOD
    assert [segment.whole for segment in found.segments] == [True] + [False] * (len(found.segments) - 1)
    assert b"".join(segment.raw for segment in found.segments[1:]) == begun * 50
