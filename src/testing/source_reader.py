"""The behaviour of every source reader, whichever of the two ways it is written in."""

# ruff: noqa: S301  # what is unpickled here was pickled a line before

from __future__ import annotations

import itertools
import pickle
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ..adapters.simple_reader import source_reader
from ..application.columns.batch import offsets
from ..application.columns.rows import RECORDS
from ..application.columns.schemas import LADDER_SCHEMA, PRIORS, SOURCE_SCHEMA
from ..application.ports.simple_reader import SimpleReader
from ..application.ports.source_reader import FeedFilter, ReadOptions, SourceFile, SourceReader
from ..domain.envelope import unwrap
from ..domain.errors import SourceUnreadable
from ..domain.judge import check_snapshot, parse_json
from ..domain.rejects import RejectReason
from ..domain.timestamps import from_micros, parse_timestamp
from .reading import Reading, read_file

#: A dirty source, and how many records of it are rejected for which reason.
DirtySource = tuple[Path, dict[RejectReason, int]]
_AT_LEAST = 3


class SourceReaderSuite:
    """Give it the fixtures ``reader`` and ``source``.

    ``reader`` is a simple reader or one that gives batches; it is used as an import uses it. ``source`` is the path of
    a file or folder of yours with at least three good snapshots. If no name in it says the category, give ``options``
    with ``assume_category``. With ``dirty_source``, the path of records that break rules and how many there are by
    reason, rejects are tested, too.

    ``knows_any_folder`` is True for a reader that takes every folder for its own; ``json_words`` is False for one whose
    ``raw_records`` are not JSON: those cannot be replayed.
    """

    knows_any_folder = False
    json_words = True

    @pytest.fixture
    def reader(self) -> SourceReader | SimpleReader:
        """Give the reader."""
        raise NotImplementedError

    @pytest.fixture
    def source(self) -> Path:
        """Give the file or folder that it is to read."""
        raise NotImplementedError

    @pytest.fixture
    def dirty_source(self) -> DirtySource | None:
        """Give a file or folder with records to reject, and what is wrong with them."""
        return None

    @pytest.fixture
    def options(self) -> ReadOptions:
        """Give the options to read with."""
        return ReadOptions(now=datetime.now(UTC))

    @pytest.fixture
    def used(self, reader: SourceReader | SimpleReader) -> SourceReader:
        """Give the reader as an import uses it."""
        return source_reader(lambda: reader)

    @pytest.fixture
    def elsewhere(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Give an empty folder apart from the source."""
        return tmp_path_factory.mktemp("elsewhere")

    @pytest.fixture
    def vanished(self, used: SourceReader, source: Path, elsewhere: Path) -> SourceFile:
        """Give a file that was found, and is gone since."""
        copy = elsewhere / source.name
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy2(source, copy)
        file = next(iter(used.discover(copy)))
        if copy.is_dir():
            shutil.rmtree(copy)
        else:
            copy.unlink()
        return file

    @pytest.fixture
    def read(self, used: SourceReader, source: Path, options: ReadOptions) -> Callable[..., list[Reading]]:
        """Give what reads the source; a keyword changes an option."""
        return lambda **changes: [read_file(used, f, replace(options, **changes)) for f in used.discover(source)]

    def test_it_has_a_name(self, used: SourceReader) -> None:
        """People type it."""
        assert used.name
        assert used.name == used.name.strip()

    def test_it_knows_its_source(self, used: SourceReader, source: Path) -> None:
        """The folder, and each file by itself."""
        assert used.knows(source)
        assert all(used.knows(file.path) for file in used.discover(source) if file.path.is_file())

    def test_it_does_not_know_what_is_not_its_own(self, used: SourceReader, elsewhere: Path) -> None:
        """An empty folder, a text, nothing at all: other readers want to be asked, too."""
        empty, other = elsewhere / "empty", elsewhere / "notes.txt"
        empty.mkdir()
        other.write_text("Not history.\n")
        assert used.knows(empty) == self.knows_any_folder
        assert not used.knows(other)
        assert not used.knows(elsewhere / "nothing")

    def test_it_finds_its_files(self, used: SourceReader, source: Path) -> None:
        """At least one, the same ones in the same order each time, each under a name of its own."""
        files = list(used.discover(source))
        assert files
        assert list(used.discover(source)) == files
        assert len({file.display for file in files}) == len(files)
        assert all(list(used.discover(file.path)) == [file] for file in files if file.path.is_file())

    def test_it_says_how_large_its_files_are(self, used: SourceReader, source: Path) -> None:
        """And when they were changed: by that an import knows what it has read before."""
        for file in used.discover(source):
            assert file.size > 0
            if file.path.is_file():
                facts = file.path.stat()
                assert (file.size, file.mtime_ns) == (facts.st_size, facts.st_mtime_ns)

    def test_it_gives_snapshots(self, read: Callable[..., list[Reading]]) -> None:
        """At least three, none of them broken off."""
        readings = read()
        assert sum(len(reading.snapshots) for reading in readings) >= _AT_LEAST
        assert [reading.torn for reading in readings if reading.torn] == []
        assert all(reading.form for reading in readings)

    def test_its_batches_have_the_schemas(self, read: Callable[..., list[Reading]]) -> None:
        """Every column, and as many ladder rows as the snapshots count."""
        for batch in (batch for reading in read() for batch in reading.batches):
            assert batch.snapshots.schema == SOURCE_SCHEMA
            assert batch.ladders.schema == LADDER_SCHEMA
            for table in (batch.snapshots, batch.ladders):
                table.validate(full=True)
                assert [f.name for f in table.schema if not f.nullable and table.column(f.name).null_count] == []
            assert offsets(batch.snapshots.column("strike_count"))[-1] == batch.ladders.num_rows

    def test_its_ladders_rise(self, read: Callable[..., list[Reading]]) -> None:
        """Each by ascending strike, with five priors a row or none."""
        for batch in (batch for reading in read() for batch in reading.batches):
            strikes = batch.ladders.column("strike").to_pylist()
            bounds = offsets(batch.snapshots.column("strike_count")).tolist()
            for first, end in itertools.pairwise(bounds):
                assert strikes[first:end] == sorted(set(strikes[first:end]))
            missing = [batch.ladders.column(name).is_null() for name in PRIORS]
            assert all(column.equals(missing[0]) for column in missing)

    def test_its_snapshots_keep_the_rules(self, read: Callable[..., list[Reading]], options: ReadOptions) -> None:
        """Each can be made of its columns, and lies in the past."""
        for snapshot in (snapshot for reading in read() for snapshot in reading.snapshots.values()):
            check_snapshot(snapshot, options.now)
            assert snapshot.strikes

    def test_it_counts_its_records(self, read: Callable[..., list[Reading]]) -> None:
        """From 0; no two records of a file have one number."""
        for reading in read():
            numbers = reading.numbers
            assert len(set(numbers)) == len(numbers)
            assert all(0 <= number < RECORDS for number in numbers)

    def test_it_gives_the_same_again(self, read: Callable[..., list[Reading]]) -> None:
        """A second reading has the same records under the same numbers."""
        assert [reading.content for reading in read()] == [reading.content for reading in read()]

    @pytest.mark.parametrize("batch_size", [1, 2, 100_000])
    def test_the_size_of_batches_changes_nothing(self, read: Callable[..., list[Reading]], batch_size: int) -> None:
        """Neither one snapshot a batch nor all in one."""
        assert [reading.content for reading in read(batch_size=batch_size)] == [reading.content for reading in read()]

    def test_it_says_how_far_it_is(self, used: SourceReader, source: Path, options: ReadOptions) -> None:
        """Bytes never go back, and the last batch is at the end of the file."""
        for file in used.discover(source):
            done = [batch.bytes_done for batch in used.read(file, replace(options, batch_size=1))]
            assert done == sorted(done)
            assert done[-1] == file.size

    def test_other_feeds_are_skipped(self, read: Callable[..., list[Reading]]) -> None:
        """What the filter does not admit is left out, and counted."""
        nobody = FeedFilter(tickers=frozenset({"a ticker that nobody has"}))
        for all_, none in zip(read(), read(feeds=nobody), strict=True):
            assert none.snapshots == {}
            assert none.skipped == all_.skipped + len(all_.snapshots)

    def test_the_feed_that_is_wanted_comes(self, read: Callable[..., list[Reading]]) -> None:
        """By its ticker, package and category: the same snapshots under the same numbers."""
        before = read()
        feeds = {snapshot.feed for reading in before for snapshot in reading.snapshots.values()}
        for feed in feeds:
            wanted = FeedFilter(*(frozenset({name}) for name in feed))
            for all_, some in zip(before, read(feeds=wanted), strict=True):
                assert some.snapshots == {n: s for n, s in all_.snapshots.items() if s.feed == feed}

    def test_its_fingerprint_is_that_of_what_was_found(
        self, used: SourceReader, source: Path, elsewhere: Path, options: ReadOptions
    ) -> None:
        """The same each time, also when the file has grown since; another one when it was changed."""
        for file in used.discover(source):
            fingerprint = used.fingerprint(file)
            assert fingerprint
            assert used.fingerprint(file) == fingerprint
            assert {batch.digest for batch in used.read(file, options)} <= {"", fingerprint}
            if file.path.is_file():
                content = file.path.read_bytes()
                other = replace(file, path=elsewhere / file.path.name)
                other.path.write_bytes(content + b"\n")
                assert used.fingerprint(other) == fingerprint
                other.path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
                assert used.fingerprint(other) != fingerprint

    def test_it_finds_the_words_of_records(self, used: SourceReader, source: Path, options: ReadOptions) -> None:
        """Those that were asked for and no others, under the numbers that they were read with."""
        for file in used.discover(source):
            snapshots = read_file(used, file, options).snapshots
            asked = frozenset(list(snapshots)[::2])
            found = dict(used.raw_records(file, asked))
            assert found.keys() <= asked
            assert all(found.values())
            for number, raw in found.items() if self.json_words else ():
                record = unwrap(parse_json(raw)).record
                assert from_micros(parse_timestamp(record["timestamp"])) == snapshots[number].timestamp
            assert not list(used.raw_records(file, frozenset()))

    def test_it_can_be_sent_to_a_worker(self, used: SourceReader, source: Path, options: ReadOptions) -> None:
        """With ``pickle``, and reads there what it reads here."""
        files = list(used.discover(source))
        sent, sent_files = pickle.loads(pickle.dumps((used, files)))
        assert sent.name == used.name
        assert sent_files == files
        assert read_file(sent, files[0], options).content == read_file(used, files[0], options).content

    def test_a_file_that_has_vanished_is_an_error(
        self, used: SourceReader, vanished: SourceFile, options: ReadOptions
    ) -> None:
        """That of the system, or the one that says that nothing can be read; and it is not made anew."""
        with pytest.raises((OSError, SourceUnreadable)):
            list(used.read(vanished, options))
        with pytest.raises((OSError, SourceUnreadable)):
            used.fingerprint(vanished)
        assert not vanished.path.exists()

    def test_what_breaks_a_rule_is_a_reject(
        self, used: SourceReader, dirty_source: DirtySource | None, options: ReadOptions
    ) -> None:
        """With its reason, its place and its words; the reading goes on."""
        if dirty_source is None:
            pytest.skip("there is no dirty_source")
        path, expected = dirty_source
        found: Counter[RejectReason] = Counter()
        for file in used.discover(path):
            reading = read_file(used, file, options)
            assert len(set(reading.numbers)) == len(reading.numbers)
            found.update(reject.reason for reject in reading.rejects)
            assert all(reject.detail and reject.raw and reject.record >= 0 for reject in reading.rejects)
        assert dict(found) == expected
