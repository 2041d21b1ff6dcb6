"""How numbers read."""

from datetime import UTC, datetime

import pytest

from gexlake.entrypoints.cli.terminal import words


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (31_249_000, "31.2 MB"),
        (512_000_000, "512 MB"),
        (8_900_000_000, "8.9 GB"),
        (5e15, "5000 TB"),
    ],
)
def test_sizes_have_three_digits_and_a_unit(number: float, text: str) -> None:
    """The unit is the largest that leaves a number above 1."""
    assert words.size(number) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("NQ_NDX é 日", "NQ_NDX é 日"),
        ("\x1b[31m\r\n\t\0", r"\x1b[31m\r\n\t\x00"),
        ("\x7f\x85\x9b\u2028", r"\x7f\x85\x9b\u2028"),
    ],
)
def test_control_characters_are_written_as_escapes(text: str, shown: str) -> None:
    """A terminal would obey them."""
    assert words.plain(text) == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (4.21, "4.2 s"), (59.6, "1 min 0 s"), (65, "1 min 5 s"), (7_800, "2 h 10 min")],
)
def test_durations_read_as_a_person_says_them(seconds: float, text: str) -> None:
    """Two units at most."""
    assert words.duration(seconds) == text


def test_numbers_have_separators() -> None:
    """Counts, prices and their plurals."""
    assert words.count(1_261_402) == "1,261,402"
    assert words.number(25187.2) == "25,187.20"
    assert words.number(None) == ""
    assert words.counted(1, "file") == "1 file"
    assert words.counted(2_000, "file") == "2,000 files"


def test_moments_are_utc_and_say_so() -> None:
    """Fractions show only where there are some."""
    assert words.moment(datetime(2025, 10, 6, 13, 30, 2, tzinfo=UTC)) == "2025-10-06 13:30:02Z"
    assert words.moment(datetime(2025, 10, 6, 13, 30, 2, 500_000, UTC)) == "2025-10-06 13:30:02.500000Z"
    assert words.moment(None) == ""
