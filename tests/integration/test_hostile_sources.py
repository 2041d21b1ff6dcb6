"""Sources that nobody wrote in good faith: each file gets its word, the others go in, and the lake stays readable."""

import gzip
import json
import resource
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.ports.source_reader import SourceFile
from gexlake.domain.runs import FileStatus, ImportRun
from support.records import array, lines, record, records, words

MB = 1024 * 1024
DEEP = b"[" * 200_000 + b"]" * 200_000
GOOD = words(record())
#: Made when a test wants them: some are large.
FILES: dict[str, Callable[[], bytes]] = {
    "good": lambda: array([words(made) for made in records(3)]),
    "deep array": lambda: DEEP,
    "deep object": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep field": lambda: array([GOOD, words(record(1, x=0)).replace(b'"x":0', b'"x":' + DEEP), words(record(2))]),
    "long string": lambda: array([GOOD, words(record(1, x="y" * 20 * MB)), words(record(2))]),
    "long record": lambda: array([GOOD, words(record(1, x=[1] * 5 * MB)), words(record(2))]),
    "long first record": lambda: array([words(record(1, x=[1] * 5 * MB)), words(record(2))]),
    "only a string": lambda: b'"' + b"y" * 20 * MB + b'"',
    "one long number": lambda: b"1" * 20 * MB,
    "nuls": lambda: b"\0" * 5 * MB,
    "not text": lambda: bytes(range(256)) * 100,
    "not text within": lambda: array([GOOD, words(record(1, x="#")).replace(b"#", b"\xff\xfe"), words(record(2))]),
    "zeros packed": lambda: gzip.compress(b"\0" * 200 * MB, 1),
    "spaces packed": lambda: gzip.compress(b" " * 200 * MB, 1),
    "packed twice": lambda: gzip.compress(gzip.compress(array([GOOD]))),
    "huge numbers": lambda: array(
        [GOOD, words(record(1, x=0)).replace(b'"x":0', b'"x":' + b"9" * 5000), words(record(2))]
    ),
}
#: What becomes of each: snapshots, rejects, status.
OUTCOMES = {
    "good": (3, 0, FileStatus.IMPORTED),
    "deep object": (0, 1, FileStatus.IMPORTED),
    "deep field": (2, 1, FileStatus.IMPORTED),
    "long string": (2, 1, FileStatus.IMPORTED),
    "long record": (2, 1, FileStatus.IMPORTED),
    "long first record": (1, 1, FileStatus.IMPORTED),
    "not text within": (2, 1, FileStatus.IMPORTED),
    "huge numbers": (2, 1, FileStatus.IMPORTED),
}


@pytest.mark.parametrize("name", FILES)
def test_hostile_file(name: str, imported: Callable[..., ImportRun], lake: DuckDbLake, tmp_path: Path):
    """It ends, within bounded memory, and everything that did not go in has its reason."""
    path = tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.json"
    path.write_bytes(FILES[name]())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    run = imported(path)

    accepted, rejected, status = OUTCOMES.get(name, (0, 0, FileStatus.FAILED))
    (file,) = lake.lineage.files()
    assert (run.counts.accepted, file.status) == (accepted, status)
    assert bool(run.counts.rejected) is bool(rejected)
    if status is FileStatus.FAILED:
        assert file.errors[0].isprintable()
        assert len(file.errors[0]) < 300
    for stored in lake.lineage.rejects():
        assert stored.reject.detail.isprintable()
        assert len(stored.reject.detail) < 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_one_bad_file_does_not_keep_the_others_out(imported: Callable[..., ImportRun], tmp_path: Path):
    """A folder of them, with folders named like files and links that lead nowhere or round in circles."""
    folder = tmp_path / "history"
    folder.mkdir()
    for name in ("good", "deep array", "nuls", "not text", "not text within"):
        (folder / f"{name}_NQ_NDX_classic_gex_zero.json").write_bytes(FILES[name]())
    (folder / "x.json").mkdir()
    (folder / "gone.json").symlink_to(folder / "nothing")
    (folder / "loop").symlink_to(folder)

    run = imported(folder)

    assert (run.files.found, run.files.imported, run.files.failed) == (6, 2, 4)
    assert run.counts.accepted == 4 - 1  # "not text within" repeats two seconds of "good"


class VanishingReader(LegacyReader):
    """A reader whose files are gone before they are read."""

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files, and delete those that are to vanish."""
        for file in super().discover(source):
            if "vanishing" in file.path.name:
                file.path.unlink()
            yield file


def test_file_that_vanishes_between_finding_and_reading(imported: Callable[..., ImportRun], tmp_path: Path):
    """It has failed, in the system's words, and the others go in."""
    for name in ("vanishing", "staying"):
        (tmp_path / f"{name}_NQ_NDX_classic_gex_zero.json").write_bytes(FILES["good"]())

    run = imported(tmp_path, VanishingReader)

    assert (run.files.imported, run.files.failed, run.counts.accepted) == (1, 1, 3)
    assert any("No such file or directory" in error for error in run.errors)


TICKERS = ["A/B", "..", "a b", "ticker=X", "É", "💥", "%2F", "A\0B", "1234", "2025-10-06", "null", "X" * 64, "é" * 32]


def test_tickers_that_are_no_good_folder_names(imported: Callable[..., ImportRun], lake: DuckDbLake, tmp_path: Path):
    """Whatever the vendor may name a feed, it can be stored, found and read by other engines."""
    path = tmp_path / "bridge_gex_zero.jsonl"
    path.write_bytes(lines([words(record(n, ticker=ticker)) for n, ticker in enumerate(TICKERS)]))

    run = imported(path)

    assert run.counts.accepted == len(TICKERS)
    assert {feed.ticker for feed in lake.snapshots.feeds()} == set(TICKERS)
    for feed in lake.snapshots.feeds():
        assert lake.snapshots.latest(feed).column("ticker").to_pylist() == [feed.ticker]
    glob = tmp_path / "lake" / "strikes" / "**" / "*.parquet"
    assert pl.scan_parquet(glob, hive_partitioning=True).collect().height == 3 * len(TICKERS)
    query = f"select count(*), count(distinct ticker) from read_parquet('{glob}', hive_partitioning=1)"
    assert duckdb.sql(query).fetchall() == [(3 * len(TICKERS), len(TICKERS))]


def test_extra_fields_of_any_kind_come_back(imported: Callable[..., ImportRun], lake: DuckDbLake, tmp_path: Path):
    """Escapes, halves of characters, NULs, big integers: the text of a JSON column holds them all."""
    extra = {"a\0b": "\0", "half": "\ud800", "\udc00": 1, "big": 10**40, "quote": '"\\', "line": "\u2028\n", "💥": [{}]}
    path = tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.json"
    path.write_text(json.dumps([record(0), record(1, **extra), record(2)]))

    imported(path)

    feed = lake.snapshots.feeds()[0]
    stored = lake.snapshots.between(feed, None, None, 10).column("extra").to_pylist()
    assert [json.loads(text or "{}") for text in stored] == [{}, extra, {}]
