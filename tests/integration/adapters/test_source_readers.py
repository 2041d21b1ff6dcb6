"""Every reader keeps the promises of its port: the legacy one with each decoder, and simple ones."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gexlake.adapters.legacy.decoding.decoder import Decoder
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.domain.rejects import RejectReason
from gexlake.plugins import GexSnapshot, SourceRecord
from gexlake.testing import SourceReaderSuite
from gexlake.testing.builders import make_snapshots
from gexlake.testing.source_reader import DirtySource
from support.decoders import PLAIN
from support.records import LAYOUTS, lines, put, records, without, words, zipped

HISTORY = Path(__file__).parents[2] / "fixtures" / "history"
DAY_LINES = "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"
#: Seconds.
_DECADES = 10**9


class TestLegacyReader(SourceReaderSuite):
    """The reader of the bridge's history as it is installed; it takes any folder for history."""

    knows_any_folder = True

    @pytest.fixture
    def reader(self) -> LegacyReader:
        """Give the reader."""
        return LegacyReader()

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        """Give a part of the fixtures' history: files of several forms and feeds, at several depths."""
        fewer = shutil.ignore_patterns("*_SPX_*", "2025-10-06*", "2025-10-08*", "2025-10-09*")
        return shutil.copytree(HISTORY, tmp_path / "history", ignore=fewer)

    @pytest.fixture
    def dirty_source(self, tmp_path: Path) -> DirtySource:
        """Give lines of which two are broken."""
        return dirty_lines(tmp_path)


class TestLegacyReaderWithEachDecoder(SourceReaderSuite):
    """Whichever takes the records apart, much at a time or less than a record."""

    knows_any_folder = True

    @pytest.fixture(params=PLAIN)
    def decoder(self, request: pytest.FixtureRequest) -> Callable[[], Decoder]:
        """Give what makes a decoder."""
        return request.param

    @pytest.fixture(params=[1 << 18, 300])
    def reader(self, request: pytest.FixtureRequest, decoder: Callable[[], Decoder]) -> LegacyReader:
        """Give a reader that reads so many bytes at a time."""
        return LegacyReader(request.param, decoder)

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        """Give a file of each layout, and one that is packed."""
        folder = tmp_path / "history"
        folder.mkdir()
        raws = [words(one) for one in records(4)]
        for number, lay_out in enumerate(LAYOUTS.values(), 1):
            (folder / f"2025-10-{number:02d}_NQ_NDX_classic_gex_zero.json").write_bytes(lay_out(raws))
        (folder / f"{DAY_LINES}.gz").write_bytes(zipped(lines(raws)))
        return folder

    @pytest.fixture
    def dirty_source(self, tmp_path: Path) -> DirtySource:
        """Give lines of which two are broken."""
        return dirty_lines(tmp_path)


class LinesReader:
    """A simple reader of lines; what is no object it gives as a record without fields."""

    name = "lines"

    def knows(self, file: Path) -> bool:
        """Know files by their ending."""
        return file.suffix == ".jsonl" and file.is_file()

    def records(self, file: Path) -> Iterator[SourceRecord]:
        """Give each line with its place."""
        place = 0
        with file.open("rb") as open_file:
            for line in open_file:
                yield SourceRecord(json.loads(line), line.rstrip(b"\n"), place)
                place += len(line)


class FieldsReader(LinesReader):
    """Gives bare fields."""

    def records(self, file: Path) -> Iterator[dict]:
        """Give each line's fields."""
        return (record.fields for record in super().records(file))


class SnapshotsReader(LinesReader):
    """Gives snapshots that it made itself: one a line of its file."""

    def records(self, file: Path) -> Iterator[GexSnapshot]:
        """Give as many as there are lines; those of a line ``future`` lie decades ahead."""
        for number, line in enumerate(file.read_bytes().splitlines()):
            yield from make_snapshots(1, second=number + (_DECADES if line == b"future" else 0))


def dirty_lines(folder: Path) -> DirtySource:
    """Write five records, two of which break a rule."""
    made = records(5)
    made[1]["spot"] = -1
    made[3] = without(made[3], "strikes")
    return put(folder / "dirty" / DAY_LINES, *made), {RejectReason.NOT_POSITIVE: 1, RejectReason.FIELD_MISSING: 1}


class TestSimpleReader(SourceReaderSuite):
    """A reader of records with words and places."""

    @pytest.fixture
    def reader(self) -> LinesReader:
        """Give the reader."""
        return LinesReader()

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        """Give a folder with two files and one of somebody else."""
        folder = tmp_path / "history"
        (folder / "deep").mkdir(parents=True)
        for name in (DAY_LINES, "deep/2025-10-06_SPX_classic_gex_full.jsonl"):
            put(folder / name, *records(4))
        (folder / "readme.txt").write_text("not history")
        return folder

    @pytest.fixture
    def dirty_source(self, tmp_path: Path) -> DirtySource:
        """Give lines of which two are broken."""
        return dirty_lines(tmp_path)


class TestReaderOfFields(TestSimpleReader):
    """A reader of bare fields."""

    @pytest.fixture
    def reader(self) -> FieldsReader:
        """Give the reader."""
        return FieldsReader()


class TestReaderOfSnapshots(TestSimpleReader):
    """A reader of snapshots: it has no rejects but those of the future."""

    @pytest.fixture
    def reader(self) -> SnapshotsReader:
        """Give the reader."""
        return SnapshotsReader()

    @pytest.fixture
    def dirty_source(self, tmp_path: Path) -> DirtySource:
        """Give lines of which two stand for snapshots of the future."""
        path = tmp_path / "dirty" / DAY_LINES
        path.parent.mkdir()
        path.write_bytes(b"{}\nfuture\n{}\nfuture\n")
        return path, {RejectReason.TIMESTAMP_IN_FUTURE: 2}
