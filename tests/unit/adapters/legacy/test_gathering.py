"""Many files of one record each, read together: as if each had been read by itself, or not at all."""

import dataclasses
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gexlake.adapters.legacy.decoding.decoder import Decoder
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.ports.source_reader import FeedFilter, Gathered, GatheringReader, ReadOptions, SourceFile
from gexlake.entrypoints.http.imports.source_roots import SourceRoots
from support.decoders import DECODERS
from support.records import NOW, array, enveloped, record, records, row, words
from support.strange_json import STYLES
from support.strange_records import enveloped as strangely_enveloped
from support.strange_records import mutated, snapshots

OPTIONS = ReadOptions(NOW)
GOOD = [words(made) for made in records(3, timestamp="2025-10-06T13:30:02Z")]


def written(folder: Path, contents: list[bytes], ticker: str = "NQ_NDX") -> list[SourceFile]:
    """Write files as the older bridge names them, and find them."""
    for old in folder.iterdir():
        old.unlink()
    for number, content in enumerate(contents):
        (folder / f"{ticker}_gex_zero_20251006_13300{number}.json").write_bytes(content)
    return list(LegacyReader().discover(folder))


def one_by_one(reader: LegacyReader, files: list[SourceFile]) -> tuple[Any, ...]:
    """Give what reading each file by itself gives, but for what an unusual one gives besides."""
    batches = [[batch for batch in reader.read(file, OPTIONS) if len(batch.snapshots)] for file in files]
    assert all(len(found) == 1 for found in batches)
    return (
        pa.concat_batches([found.snapshots for (found,) in batches]),
        pa.concat_batches([found.ladders for (found,) in batches]),
        {found.form for (found,) in batches},
        tuple(reader.fingerprint(file) for file in files),
    )


def together(found: Gathered) -> tuple[Any, ...]:
    """Give the same of files that were read together."""
    return found.batch.snapshots, found.batch.ladders, {found.batch.form}, found.digests


def all_of(reader: LegacyReader, file: SourceFile) -> tuple[int, Any]:
    """Count what is not a good snapshot in a file."""
    found = list(reader.read(file, OPTIONS))
    told = [(batch.rejects, batch.skipped, batch.torn, batch.warnings) for batch in found]
    others = [each for each in told if any(each)]
    return sum(len(batch.snapshots) for batch in found), others


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("piece", [1, 1000, 1 << 17])
def test_good_files_are_read_together_as_each_by_itself(tmp_path: Path, decoder: Callable[[], Decoder], piece: int):
    """With the same columns, the same form and the same digests, however many are parsed at a time."""
    unusual = words(record(7, note="a field, of its own", other=None))
    files = written(tmp_path, [GOOD[0], b"\n " + GOOD[1] + b"\r\n", unusual])
    reader = LegacyReader(decoder=decoder, piece=piece)

    found = reader.gather(files, OPTIONS)

    assert found is not None
    assert together(found) == one_by_one(reader, files)


@st.composite
def single_records(draw: st.DrawFn) -> list[bytes]:
    """Give files of mostly one record, plain and good or odd."""
    contents = []
    for _ in range(draw(st.integers(2, 4))):
        style, made = draw(STYLES), draw(snapshots())
        if draw(st.integers(0, 5)) == 0:
            made = draw(mutated(made))
        if draw(st.integers(0, 11)) == 0:
            made = draw(strangely_enveloped(made))
        contents.append(style.write(made).encode())
    return contents


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(contents=single_records())
def test_what_is_read_together_is_what_each_file_gives(folder: Path, contents: list[bytes]):
    """Whatever the records are like: nothing is accepted, named or numbered otherwise, and nothing is left unsaid."""
    files = written(folder, contents)
    for decoder in DECODERS:
        reader = LegacyReader(decoder=decoder)

        found = reader.gather(files, OPTIONS)

        if found is not None:
            assert [all_of(reader, file) for file in files] == [(1, [])] * len(files)
            assert together(found) == one_by_one(reader, files)


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"[]",
        GOOD[1] + b"\n" + GOOD[2],
        GOOD[1] + b"," + GOOD[2],
        GOOD[1][:-1],
        GOOD[1] + b"}",
        b"\xef\xbb\xbf" + GOOD[1],
        gzip.compress(GOOD[1]),
        array([GOOD[1]]),
        words(enveloped(record(1))),
        words(record(1, spot=-1)),
        words(record(1, timestamp="2026-10-06T13:30:02Z")),
        words(record(1, ticker="SPX")),
        words(record(1, numbers=[1])),
        words({"data": [1]} | record(1)),
        words(record(1, strikes=[row(), row(priors=[1.0, 2.0])])),
        b'{"data":[' + GOOD[1] + b"]}",
        b'{"event_type":"trade"}',
    ],
)
def test_one_odd_file_keeps_all_from_being_read_together(tmp_path: Path, odd: bytes):
    """Whatever makes it odd: each is read by itself then, which says of which file it is."""
    files = written(tmp_path, [GOOD[0], odd, GOOD[2]])

    assert LegacyReader().gather(files, OPTIONS) is None


def test_records_are_not_put_together_from_two_files(tmp_path: Path):
    """Halves of two records in two files are JSON only where the files touch."""
    first, second = GOOD[0], GOOD[1]
    cut = first.index(b',"spot"')
    halves = [first[:cut] + b"}", b'{"x":' + first[cut + 1 :] + b"," + second]

    assert LegacyReader().gather(written(tmp_path, halves), OPTIONS) is None


def test_file_that_changed_since_it_was_found_is_not_read_with_others(tmp_path: Path):
    """By size or by time: what was found of it is not true any more."""
    files = written(tmp_path, GOOD)
    for change in ({"size": files[1].size - 1}, {"size": files[1].size + 1}, {"mtime_ns": files[1].mtime_ns - 1}):
        changed = [files[0], dataclasses.replace(files[1], **change), files[2]]

        assert LegacyReader().gather(changed, OPTIONS) is None


@pytest.mark.parametrize("wanted", ["SPX", "NQ_NDX"])
def test_files_of_a_feed_that_is_not_wanted_are_not_read_together(tmp_path: Path, wanted: str):
    """Their records are skipped, which is told file by file."""
    options = ReadOptions(NOW, feeds=FeedFilter(tickers=frozenset({wanted})))

    found = LegacyReader().gather(written(tmp_path, GOOD), options)

    assert (found is not None) == (wanted == "NQ_NDX")


def test_names_that_say_another_ticker_or_no_category_keep_files_apart(tmp_path: Path):
    """The first is warned of, without the second there is nothing to read."""
    assert LegacyReader().gather(written(tmp_path, GOOD, ticker="SPX"), OPTIONS) is None
    (tmp_path / "a.json").write_bytes(GOOD[0])
    unnamed = [file for file in LegacyReader().discover(tmp_path) if file.path.name == "a.json"]

    assert LegacyReader().gather(unnamed * 2, OPTIONS) is None
    assert LegacyReader().gather(unnamed * 2, ReadOptions(NOW, assume_category="gex_zero")) is not None


def test_a_fence_lets_files_be_read_together_that_are_inside(tmp_path: Path) -> None:
    """As the reader behind it does; a file in whose place a link out has come is refused."""
    files = written(tmp_path, GOOD)
    reader, narrow = (
        SourceRoots((folder,)).fence({"legacy": LegacyReader})["legacy"]() for folder in (tmp_path, tmp_path / "other")
    )
    assert isinstance(reader, GatheringReader)
    assert isinstance(narrow, GatheringReader)
    assert reader.gather(files, OPTIONS) is not None
    with pytest.raises(PermissionError):
        narrow.gather(files, OPTIONS)
