"""Small histories that take an import through every one of its steps: repeats, twins, conflicts, rejects, gzip."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from support.records import array, lines, record, rows, without, words, zipped

DAY = 86_400
Lay = Callable[[list[bytes]], bytes]


def made(seconds: Iterable[int], **changes: Any) -> list[bytes]:
    """Make the words of records at some seconds after the open."""
    return [words(record(second, strikes=rows(6), sum_gex_vol=90.0, **changes)) for second in seconds]


def twins(seconds: Iterable[int]) -> list[bytes]:
    """Make the records of these seconds as another recorder rounds them."""
    return made(seconds, delta_risk_reversal=-0.13)


def broken(seconds: Iterable[int]) -> list[bytes]:
    """Make records that break a rule."""
    fields = [without(record(second), "spot") for second in seconds]
    return [words(made) for made in fields]


def write(path: Path, data: bytes) -> None:
    """Write a source file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_day(folder: Path, size: int) -> None:
    """Write a day of two tickers, one of them in disorder with repeats and a reject."""
    half = size // 2
    disorder = made(range(half, size)) + broken([size]) + made(range(half)) + made([3, 4]) + twins([5])
    write(folder / "2025-10-06_NQ_NDX_classic_gex_zero.json", array(disorder))
    write(folder / "2025-10-06_ES_SPX_classic_gex_full.jsonl", lines(made(range(size), ticker="ES_SPX")))


def write_first(folder: Path, size: int) -> None:
    """Write three days: one in disorder with repeats and rejects, one packed, one of small files."""
    write_day(folder, size)
    packed = made(range(DAY, DAY + size)) + broken([DAY + size])
    write(folder / "2025-10-07_NQ_NDX_classic_gex_zero.jsonl.gz", zipped(lines(packed)))
    for second in range(2 * DAY, 2 * DAY + 6):
        write(folder / "small" / f"2025-10-08_NQ_NDX_classic_gex_one_{second}.json", array(made([second])))
    write(folder / "small" / "2025-10-08_NQ_NDX_classic_gex_one_broken.json", array(broken([2 * DAY + 9])))


def write_second(folder: Path, size: int) -> None:
    """Write what repeats, rounds and contradicts the first, and a day of its own."""
    half = size // 2
    some = made(range(half, half + 5)) + twins(range(6, 9)) + made(range(half + 5, size + half), spot=25191.5)
    write(folder / "2025-10-06_NQ_NDX_classic_gex_zero.json", array(some))
    write(folder / "2025-10-07_NQ_NDX_classic_gex_zero.jsonl", lines(made(range(DAY, DAY + size), spot=25192.25)))
    write(folder / "2025-10-09_NQ_NDX_classic_gex_zero.json", array(made(range(3 * DAY, 3 * DAY + size))))


def write_blanks(folder: Path) -> None:
    """Write a file that is long by the spaces in it: an import of little work needs no worker processes."""
    some = array(made(range(7 * DAY, 7 * DAY + 9)))
    write(folder / "2025-10-13_NQ_NDX_classic_gex_zero.json", b" " * (17 << 20) + some)
