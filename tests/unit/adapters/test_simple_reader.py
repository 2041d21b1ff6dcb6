"""The way up from a simple reader: judging, places, progress, failures."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.simple_reader import BatchingReader, source_reader, source_readers
from gexlake.application.ports.simple_reader import AnyRecord, SourceRecord
from gexlake.application.ports.source_reader import FeedFilter, ReadOptions
from gexlake.domain.envelope import unwrap
from gexlake.domain.errors import CategoryUnknown
from gexlake.domain.feed import Feed
from gexlake.domain.judge import parse_json
from gexlake.domain.rejects import RejectReason
from gexlake.testing import (
    FEED,
    FakeReader,
    Reading,
    make_snapshot,
    make_snapshots,
    read_file,
)
from support.records import NOW, OPEN, record, records, without

OPTIONS = ReadOptions(NOW)
NAMED = "2025-10-06_NQ_NDX_classic_gex_zero.rec"


class Given:
    """A simple reader of files that end in ``.rec``: it gives what it was given; an error among it is raised."""

    name = "given"

    def __init__(self, *content: AnyRecord | BaseException) -> None:
        self._content = content

    def knows(self, file: Path) -> bool:
        return file.suffix == ".rec"

    def records(self, file: Path) -> Iterator[AnyRecord]:
        for item in self._content:
            if isinstance(item, BaseException):
                raise item
            yield item


def opened(folder: Path, *content: AnyRecord | BaseException, name: str = NAMED, size: int = 1000) -> Any:
    """Give a reader of the content, as an import uses it, and the file that holds it."""
    path = folder / name
    path.write_bytes(b" " * size)
    reader = BatchingReader(Given(*content))
    (file,) = reader.discover(path)
    return reader, file


def read(folder: Path, *content: AnyRecord | BaseException, name: str = NAMED, **options: Any) -> Reading:
    """Read a file whose records are the ones given."""
    return read_file(*opened(folder, *content, name=name), ReadOptions(NOW, **options))


@pytest.mark.parametrize("form", [lambda made: made, SourceRecord, lambda made: SourceRecord(made, b"its words", 5)])
def test_fields_are_judged_by_the_rules(tmp_path: Path, form: Callable[[dict[str, Any]], AnyRecord]):
    """Bare or as a record: they become the snapshot that the legacy reader would make of them."""
    reading = read(tmp_path, *(form(made) for made in records(3)))

    assert [snapshot.timestamp.timestamp() for snapshot in reading.snapshots.values()] == [OPEN, OPEN + 1, OPEN + 2]
    assert (reading.snapshots[0].feed, reading.snapshots[0].strikes[0].strike) == (FEED, 25187.21)
    assert (reading.form, reading.rejects) == ("given", [])


def test_snapshots_are_taken_as_they_are(tmp_path: Path):
    """Value by value, with what they keep; the file's name has no say in their feed."""
    made = make_snapshots(2, category="gex_full", extra={"note": [1, None]}, envelope={"from": "here"})

    assert list(read(tmp_path, *made).snapshots.values()) == made


def test_fields_that_break_a_rule_are_a_reject_with_its_place_and_words(tmp_path: Path):
    """The words of the record, or else its fields as JSON; the reading goes on."""
    bad = record(1, spot=-1)
    place = SourceRecord(bad, raw=b"1,NQ_NDX,-1", byte_offset=77)

    reading = read(tmp_path, record(0), place, bad, record(2))

    assert sorted(reading.snapshots) == [0, 3]
    with_words, without_words = reading.rejects
    assert (with_words.record, with_words.byte_offset, with_words.raw) == (1, 77, b"1,NQ_NDX,-1")
    assert (without_words.record, without_words.byte_offset, json.loads(without_words.raw)) == (2, None, bad)
    for reject in reading.rejects:
        assert (reject.reason, reject.ticker) == (RejectReason.NOT_POSITIVE, "NQ_NDX")
        assert reject.timestamp == datetime.fromtimestamp(OPEN + 1, UTC)
        assert reject.detail == "spot is -1, which is not above 0"


def test_a_reject_without_a_moment_still_has_its_place(tmp_path: Path):
    """Neither nonsense nor its absence stands in the way."""
    reading = read(tmp_path, record(timestamp="noon"), without(record(), "timestamp", "ticker"), record())

    assert [reject.reason for reject in reading.rejects] == [
        RejectReason.TIMESTAMP_UNPARSABLE,
        RejectReason.FIELD_MISSING,
    ]
    assert [(reject.record, reject.timestamp) for reject in reading.rejects] == [(0, None), (1, None)]


def test_a_snapshot_of_the_future_is_a_reject(tmp_path: Path):
    """Its model cannot know what time it is."""
    late = make_snapshot(timestamp=NOW + timedelta(days=2))

    reading = read(tmp_path, make_snapshot(), late)

    (reject,) = reading.rejects
    assert (reject.reason, reject.record, reject.timestamp) == (RejectReason.TIMESTAMP_IN_FUTURE, 1, late.timestamp)
    assert unwrap(parse_json(reject.raw)).record["spot"] == late.spot


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2025, 10, 6, 13, 30, 2, tzinfo=UTC),
        datetime(2025, 10, 6, 13, 30, 2),  # noqa: DTZ001  # a naive one is UTC
        datetime(2025, 10, 6, 9, 30, 2, tzinfo=timezone(timedelta(hours=-4))),
        "2025-10-06T13:30:02Z",
        OPEN,
        OPEN * 1000,
        float(OPEN),
    ],
)
def test_a_timestamp_may_be_a_moment_text_or_number(tmp_path: Path, moment: object):
    """All of one instant."""
    assert read(tmp_path, record(timestamp=moment)).snapshots[0].timestamp == datetime.fromtimestamp(OPEN, UTC)


def test_fields_that_are_kept_are_json(tmp_path: Path):
    """A day is kept as text; what JSON has no word for makes a reject, not the end of the file."""
    reading = read(tmp_path, record(0, expiry=date(2025, 10, 6)), record(1, note=Decimal("1.5")), record(2, note=b"x"))

    assert (sorted(reading.snapshots), reading.snapshots[0].extra) == ([0], {"expiry": "2025-10-06"})
    assert [reject.reason for reject in reading.rejects] == [RejectReason.NOT_JSON] * 2
    assert "Decimal is not JSON serializable" in reading.rejects[0].detail


def test_package_and_category_choose_the_feed(tmp_path: Path):
    """Before the file's name; an old name of a category is understood, another one is of its own, no field is kept."""
    reading = read(
        tmp_path,
        record(0, package="state", category="gex_one"),
        record(1, category="full"),
        record(2),
        record(3, package=None, category=""),
        record(4, category="GEX_One"),
        record(5, category="skew_zero"),
    )

    assert [snapshot.feed for snapshot in reading.snapshots.values()] == [
        Feed("NQ_NDX", "state", "gex_one"),
        Feed("NQ_NDX", "classic", "gex_full"),
        FEED,
        FEED,
        Feed("NQ_NDX", "classic", "gex_one"),
        Feed("NQ_NDX", "classic", "skew_zero"),
    ]
    assert all(snapshot.extra == {} for snapshot in reading.snapshots.values())


def test_nothing_names_a_category(tmp_path: Path):
    """The import asks for one, and takes the one that is assumed."""
    with pytest.raises(CategoryUnknown):
        read(tmp_path, record(), name="export.rec")
    assumed = read(tmp_path, record(), name="export.rec", assume_category="gex_one")
    assert assumed.snapshots[0].category == "gex_one"


def test_damage_before_the_first_good_record_says_nothing_about_the_category(tmp_path: Path):
    """It is a reject; the records after it name their own."""
    named = [made | {"category": "gex_one"} for made in records(2)]
    reading = read(tmp_path, {"spot": -1}, *named, name="nameless.rec")
    assert [reject.record for reject in reading.rejects] == [0]
    assert {snapshot.category for snapshot in reading.snapshots.values()} == {"gex_one"}


def test_one_record_among_others_names_no_category(tmp_path: Path):
    """It is a reject: the file as a whole can be read."""
    reading = read(tmp_path, record(0, category="gex_one"), record(1), name="export.rec")

    assert (sorted(reading.snapshots), [reject.record for reject in reading.rejects]) == ([0], [1])
    assert "--assume-category" in reading.rejects[0].detail


def test_feeds_that_are_not_wanted_are_skipped(tmp_path: Path):
    """And counted; the numbers of the others stay."""
    wanted = FeedFilter(tickers=frozenset({"SPX"}))

    reading = read(tmp_path, record(0), record(1, ticker="SPX"), make_snapshot(), feeds=wanted)

    assert (sorted(reading.snapshots), reading.skipped) == ([1], 2)


def test_broken_records_are_skipped_with_their_ticker(tmp_path: Path):
    """Where that can be read."""
    wanted = FeedFilter(tickers=frozenset({"SPX"}))
    made = [record(0, spot=0), record(1, spot=0, ticker="SPX"), record(2, ticker=""), record(3, ticker=5)]

    reading = read(tmp_path, *made, feeds=wanted)

    assert ([reject.record for reject in reading.rejects], reading.skipped) == ([1, 2, 3], 1)


@pytest.mark.parametrize("error", [ValueError, SystemExit])
@pytest.mark.parametrize("batch_size", [1, 2, 3, 300])
def test_what_came_before_a_failure_is_given_first(tmp_path: Path, batch_size: int, error: type[BaseException]):
    """However little of a batch it fills; then the error, as the reader raised it."""
    reader, file = opened(tmp_path, record(0), record(1), error("page 3 is upside down"))
    batches = reader.read(file, ReadOptions(NOW, batch_size=batch_size))
    found: list[int] = []

    while len(found) < 2:
        found += next(batches).snapshots.column("record").to_pylist()
    with pytest.raises(error, match="upside down"):
        list(batches)

    assert found == [0, 1]


def test_progress_follows_the_places_of_the_records(tmp_path: Path):
    """It never goes back nor beyond the file, and ends at its end."""
    places = [0, 200, 100, None, 700, 5000]
    made = [SourceRecord(record(n), byte_offset=place) for n, place in enumerate(places)]
    reader, file = opened(tmp_path, *made)

    done = [batch.bytes_done for batch in reader.read(file, ReadOptions(NOW, batch_size=1))]

    assert done == [0, 200, 200, 200, 700, 1000, 1000]


def test_words_are_found_by_numbers(tmp_path: Path):
    """Of the record, its fields, or the snapshot."""
    reader, file = opened(tmp_path, SourceRecord(record(0), b"a,b,c"), record(1), make_snapshot(), record(3))

    found = dict(reader.raw_records(file, frozenset({0, 1, 2, 9})))

    assert sorted(found) == [0, 1, 2]
    assert (found[0], json.loads(found[1])) == (b"a,b,c", record(1))
    assert unwrap(parse_json(found[2])).record["spot"] == make_snapshot().spot


def test_files_of_a_folder_are_found_in_order(tmp_path: Path):
    """At any depth; not hidden ones, and not those of others."""
    for name in ("b.rec", "a.rec", "deep/er/c.rec", ".hidden/d.rec", ".e.rec", "readme.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    reader = BatchingReader(Given())

    assert [str(file.path.relative_to(tmp_path)) for file in reader.discover(tmp_path)] == [
        "a.rec",
        "b.rec",
        "deep/er/c.rec",
    ]
    assert (reader.knows(tmp_path), reader.knows(tmp_path / "readme.txt")) == (True, False)
    assert [file.path.name for file in reader.discover(tmp_path / "readme.txt")] == ["readme.txt"]


def test_a_link_to_nowhere_is_a_file_that_cannot_be_read(tmp_path: Path):
    """It does not keep the others from being found."""
    (tmp_path / "a.rec").symlink_to(tmp_path / "gone")
    (tmp_path / "b.rec").write_bytes(b"x")

    assert [file.path.name for file in BatchingReader(Given()).discover(tmp_path)] == ["a.rec", "b.rec"]


def test_a_pipe_is_no_file(tmp_path: Path):
    """Whoever opened it would wait for ever; nor is a link to one."""
    os.mkfifo(tmp_path / "pipe.rec")
    (tmp_path / "link.rec").symlink_to("pipe.rec")
    reader = BatchingReader(Given())
    assert not reader.knows(tmp_path)
    assert list(reader.discover(tmp_path)) == []


@pytest.mark.parametrize(("error", "found"), [(PermissionError, ["closed.rec", "open.rec"]), (OSError, ["open.rec"])])
def test_a_file_that_cannot_be_looked_into_takes_nobody_down(tmp_path: Path, error: type[OSError], found: list[str]):
    """Another reader may be the one for this folder; one that is closed is a file that will fail."""

    class Looking(Given):
        def knows(self, file: Path) -> bool:
            if file.stem == "closed":
                raise error
            return super().knows(file)

    (tmp_path / "closed.rec").touch()
    assert not BatchingReader(Looking()).knows(tmp_path)
    (tmp_path / "open.rec").touch()
    assert BatchingReader(Looking()).knows(tmp_path)
    assert [file.path.name for file in BatchingReader(Looking()).discover(tmp_path)] == found


def test_a_reader_that_gives_batches_stays_what_it_is():
    """Only a simple one is wrapped; each is made anew."""
    made = source_readers({"fast": FakeReader, "simple": Given})

    assert isinstance(made["fast"](), FakeReader)
    assert isinstance(made["simple"](), BatchingReader)
    assert source_reader(LegacyReader).name == "legacy"


@pytest.mark.parametrize("given", [5, SourceRecord("text"), [1, 2]])  # type: ignore[arg-type]
def test_what_is_no_mapping_is_a_reject(tmp_path: Path, given: Any):
    """It costs one record, not the file."""
    reading = read(tmp_path, given, make_snapshot())
    assert [reject.reason for reject in reading.rejects] == [RejectReason.NOT_JSON]
    assert len(reading.snapshots) == 1


def _within_itself() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def _nested(depth: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


ODD = {
    "a name that is a tuple": record(1) | {("a", "b"): 1},
    "a name that is a number": record(1) | {5: 1},
    "no name for what is no number": record(1) | {None: float("nan")},
    "a list within itself": record(1, note=_within_itself()),
    "a tuple of that": record(1, note=(_within_itself(),)),
    "a deep nest": record(1, note=_nested(100_000)),
    "a snapshot that keeps an object": make_snapshot(extra={"note": object()}),
    "a snapshot that keeps a list within itself": make_snapshot(extra={"note": _within_itself()}),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_json_cannot_hold_costs_one_record(tmp_path: Path, odd: Any):
    """Neither the records around it nor those of its batch; its words are those that Python has for it."""
    reading = read(tmp_path, record(0), odd, record(2))

    assert sorted(reading.snapshots) == [0, 2]
    (reject,) = reading.rejects
    assert (reject.record, reject.reason) == (1, RejectReason.NOT_JSON)
    assert json.loads(reject.raw)


@pytest.mark.parametrize("field", ["package", "category"])
@pytest.mark.parametrize(
    ("name", "detail"),
    [
        (5, "is 5, not a name"),
        (["full"], "is ['full'], not a name"),
        (" ", "is empty"),
        ("x" * 65, "is longer than 64 bytes"),
        ("\ud800", "holds half a character (a lone surrogate)"),
    ],
)
def test_a_feed_that_cannot_be_named_is_a_reject(tmp_path: Path, field: str, name: Any, detail: str):
    """Nothing else stands in its place, and no folder would have to bear it."""
    bad = record(1) | {field: name}

    reading = read(tmp_path, record(0), bad, record(2))

    assert sorted(reading.snapshots) == [0, 2]
    (reject,) = reading.rejects
    assert (reject.reason, reject.detail) == (RejectReason.FEED_INVALID, f"{field} {detail}")
    words = unwrap(parse_json(reject.raw))
    assert name in (words.record.get(field), words.envelope.get("endpoint", "").strip("/"))


def test_pairs_may_be_tuples(tmp_path: Path):
    """As rows of the ladder may."""
    reading = read(tmp_path, record(max_priors=((25187.21, 1.5), [25197.21, -2])))

    assert reading.snapshots[0].max_priors == ((25187.21, 1.5), (25197.21, -2.0))
    assert reading.snapshots[0].extra == {}


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"raw": "text"}, TypeError),
        ({"raw": None}, TypeError),
        ({"byte_offset": "7"}, TypeError),
        ({"byte_offset": 7.0}, TypeError),
        ({"byte_offset": -1}, ValueError),
        ({"byte_offset": 2**63}, ValueError),
    ],
)
def test_words_and_places_are_checked_where_they_are_given(how: dict[str, Any], error: type[Exception]):
    """In the reader, so that what it gave before is in."""
    with pytest.raises(error, match=r"raw|byte_offset|integer"):
        SourceRecord(record(), **how)


@pytest.mark.parametrize("days", [2**31, -(2**31)])
def test_a_snapshot_has_days_that_can_be_stored(days: int):
    """One that has not is refused when it is made, and not when its batch is stored."""
    assert make_snapshot(min_dte=2**31 - 1).min_dte == 2**31 - 1
    with pytest.raises(ValidationError, match="min_dte"):
        make_snapshot(min_dte=days)


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("2025-10-06_BRK.B_state_gex_one.rec", Feed("NQ_NDX", "state", "gex_one")),
        ("state/2025-10-06/BRK.B/one.rec", Feed("NQ_NDX", "state", "gex_one")),
        ("state-of-mind/2025-10-06_BRK.B_one.rec", Feed("NQ_NDX", "classic", "gex_one")),
    ],
)
def test_a_path_names_the_feed_by_the_rules_of_every_reader(tmp_path: Path, path: str, feed: Feed):
    """A ticker's dot ends no name, and folders count as whole words."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)

    assert read(tmp_path, record(), name=path).snapshots[0].feed == feed
