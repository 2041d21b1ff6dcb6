"""Damaged tables: what is sound goes in, what is not is a reject with its words, and a torn file says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gexlake_strike_tables.reader import StrikeTablesReader
from gexlake_strike_tables.stretches import stretches
from gexlake_strike_tables.tables import CsvRows

from gexlake.plugins import ReadOptions, RejectReason, SourceUnreadable
from gexlake.testing.reading import Reading, read_file

Rows = list[dict[str, Any]]
Write = Callable[..., Path]


@pytest.fixture
def lines(rows: Rows, write: Write) -> list[bytes]:
    """Give the lines of a CSV file with five snapshots of three strikes; the first one has the names."""
    return write(rows).read_bytes().splitlines(keepends=True)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[list[bytes]], Reading]:
    """Give a function that reads lines as a CSV file."""

    def read_lines(lines: list[bytes]) -> Reading:
        path = tmp_path / "strikes.csv"
        path.write_bytes(b"".join(lines))
        reader = StrikeTablesReader()
        (file,) = reader.discover(path)
        return read_file(reader, file, ReadOptions(datetime.now(UTC)))

    return read_lines


Read = Callable[[list[bytes]], Reading]


@pytest.mark.parametrize("text", [b"n/a", b"nan", b"inf", b"0x10", b"true", b"1_000", b" "])
@pytest.mark.parametrize("number", [b"12.5", b"25190.5"])
def test_text_instead_of_a_number_is_a_reject(lines: list[bytes], read: Read, text: bytes, number: bytes) -> None:
    """With that text; the snapshots around it go in."""
    lines[1] = lines[1].replace(number, text)
    found = read(lines)
    assert sorted(found.snapshots) == [1, 2, 3, 4]
    (reject,) = found.rejects
    assert reject.record == 0
    assert reject.reason is RejectReason.NOT_A_NUMBER
    assert text in reject.raw


@pytest.mark.parametrize("damage", [b"1,2\n", b"\xff,\xff\n", b"garbage\n", b'"open,1\n', b"1,2\n3\n"])
def test_a_line_that_is_no_row_spoils_its_snapshot(lines: list[bytes], read: Read, damage: bytes) -> None:
    """Among the rows of a snapshot it is a reject with that line among its strikes."""
    found = read([*lines[:6], damage, *lines[6:]])
    assert sorted(found.snapshots) == [0, 2, 3, 4]
    (reject,) = found.rejects
    assert (reject.record, reject.reason) == (1, RejectReason.ROW_MALFORMED)
    ladder = json.loads(reject.raw)["data"]["strikes"]
    assert [type(row) for row in ladder] == [list, list, str, list]
    assert ladder[2] == damage.decode(errors="backslashreplace").strip()


def test_a_line_between_two_snapshots_spoils_both(lines: list[bytes], read: Read) -> None:
    """It may have been a strike of either."""
    found = read([*lines[:7], b"garbage\n", *lines[7:]])
    assert sorted(found.snapshots) == [0, 3, 4]
    assert [reject.record for reject in found.rejects] == [1, 2]


def test_a_file_of_nothing_but_damage_is_one_reject(lines: list[bytes], read: Read) -> None:
    """After a line of names that made it a table."""
    found = read([lines[0], b"garbage\n", b"more\n"])
    assert [(reject.record, reject.reason) for reject in found.rejects] == [(0, RejectReason.FIELD_MISSING)]
    assert b"garbage\\nmore" in found.rejects[0].raw


def test_a_torn_line_leaves_its_snapshot_out(lines: list[bytes], read: Read) -> None:
    """Its ladder is not whole; the file says where it breaks off."""
    found = read([*lines[:-1], lines[-1][:60]])
    assert sorted(found.snapshots) == [0, 1, 2, 3]
    assert found.rejects == []
    assert found.torn.endswith("after record 3")


def test_a_torn_line_of_the_next_snapshot_spares_the_one_before(lines: list[bytes], read: Read) -> None:
    """What is whole of the line says that it does not belong to it."""
    found = read([*lines[:-3], lines[-3][:60]])
    assert sorted(found.snapshots) == [0, 1, 2, 3]
    assert found.torn


def test_a_last_line_without_an_end_may_be_torn(lines: list[bytes], read: Read) -> None:
    """Its last number may have lost digits, so it is not believed."""
    found = read([*lines[:-1], lines[-1].rstrip()])
    assert sorted(found.snapshots) == [0, 1, 2, 3]
    assert found.torn


def test_line_ends_blank_lines_and_a_mark_of_the_byte_order_do_not_matter(lines: list[bytes], read: Read) -> None:
    """As programs on Windows write them."""
    clean = read(lines)
    windows = [b"\xef\xbb\xbf", *(line.replace(b"\n", b"\r\n") for line in lines), b"\r\n"]
    assert read(windows).content == clean.content


@pytest.mark.parametrize("block", [1, 100, 500, 1000])
@pytest.mark.parametrize("dirt", [[], [b"garbage\n"], [b"garbage\n", b"\xff\n", b"1\n"]])
def test_the_cutting_of_blocks_changes_nothing(
    lines: list[bytes], tmp_path: Path, block: int, dirt: list[bytes]
) -> None:
    """Wherever a block ends: within a line, a snapshot or a run of damage."""
    path = tmp_path / "strikes.csv"
    path.write_bytes(b"".join([*lines[:5], *dirt, *lines[5:7], *dirt, *lines[7:]]))
    (file,) = StrikeTablesReader().discover(path)
    whole, cut = ([s.record(n) for s in stretches(CsvRows(file, size)) for n in range(len(s.starts))]
                  for size in (1 << 20, max(block, len(lines[0]))))  # fmt: skip
    assert cut == whole
    numbers = [s.first + n for s in stretches(CsvRows(file, max(block, len(lines[0])))) for n in range(len(s.starts))]
    assert numbers == [0, 1, 2, 3, 4]


def test_a_torn_parquet_file_is_unreadable(rows: Rows, write: Write) -> None:
    """Its end says what is in it; the cure is named."""
    path = write(rows, "strikes.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    reader = StrikeTablesReader()
    (file,) = reader.discover(path)
    with pytest.raises(SourceUnreadable, match="export it again"):
        list(reader.read(file, ReadOptions(datetime.now(UTC))))
