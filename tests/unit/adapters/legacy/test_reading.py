"""Reading a file: its feed, its other records, what its reader is asked to leave out, and what it says at the end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.cutting.blocks import BlockCutter
from gexlake.adapters.legacy.cutting.forms import recognise
from gexlake.adapters.legacy.cutting.stream import SourceStream
from gexlake.adapters.legacy.decoding.decoder import Decoder
from gexlake.adapters.legacy.decoding.decoders import make_decoder
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.legacy.records import RecordReader
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.ports.source_reader import FeedFilter, ReadOptions
from gexlake.domain.errors import CategoryUnknown, SourceUnreadable, UnsupportedFeed
from gexlake.domain.feed import Feed
from gexlake.domain.rejects import RejectReason
from support.decoders import DECODERS
from support.reading import read_bytes
from support.records import NOW, array, enveloped, lines, paid, record, records, without, words

NAMED = "2025-10-06_NQ_NDX_classic_gex_zero.json"
ORDERFLOW = [{"timestamp": 1759757402 + n, "ticker": "SPX", "spot": 1.5, "zcvr": 0.4} for n in range(3)]


def feeds(folder: Path, data: bytes, name: str, **options: object) -> set[Feed]:
    """Name the feeds of a file's snapshots."""
    return {snapshot.feed for snapshot in read_bytes(folder, data, name, **options).snapshots.values()}


def test_feed_comes_from_record_envelope_and_path_in_this_order(tmp_path: Path):
    """The record names the ticker, the envelope package and category, the path what is still open."""
    made = [
        record(0, ticker="ES_SPX"),
        enveloped(record(1), endpoint="state_gex_full"),
        enveloped(record(2), endpoint="gex_one", ticker="other"),
        paid(record(3), endpoint=""),
    ]

    found = read_bytes(tmp_path, lines([words(one) for one in made]), NAMED)

    assert [snapshot.feed for snapshot in found.snapshots.values()] == [
        Feed("ES_SPX", "classic", "gex_zero"),
        Feed("NQ_NDX", "state", "gex_full"),
        Feed("NQ_NDX", "classic", "gex_one"),
        Feed("NQ_NDX", "classic", "gex_zero"),
    ]


def test_package_is_classic_where_nothing_names_one(tmp_path: Path):
    """The older bridge's files name only a category."""
    assert feeds(tmp_path, words(record()), "NQ_NDX_gex_zero_20251003_143000.json") == {
        Feed("NQ_NDX", "classic", "gex_zero")
    }


def test_category_that_nothing_names(tmp_path: Path):
    """The file is left with an error whose cure is an option; with the option it goes in."""
    with pytest.raises(CategoryUnknown, match="--assume-category gex_zero"):
        read_bytes(tmp_path, array([words(record())]), "bridge.json")

    found = feeds(tmp_path, array([words(record())]), "bridge.json", assume_category="gex_one")

    assert found == {Feed("NQ_NDX", "classic", "gex_one")}


def test_category_that_only_some_records_name(tmp_path: Path):
    """What the envelope names goes in, the others are rejected with the cure."""
    made = [enveloped(record(0)), record(1), enveloped(record(2), endpoint="")]

    found = read_bytes(tmp_path, lines([words(one) for one in made]), "bridge.jsonl")

    assert list(found.snapshots) == [0]
    assert [(reject.record, reject.reason) for reject in found.rejects] == [
        (1, RejectReason.FIELD_MISSING),
        (2, RejectReason.FIELD_MISSING),
    ]
    assert "--assume-category" in found.rejects[0].detail


@pytest.mark.parametrize(
    ("made", "name", "feed"),
    [
        (ORDERFLOW, "2025-10-13_SPX_orderflow_orderflow.json", "orderflow"),
        (ORDERFLOW, "2025-10-13_SPX_classic_gex_zero.json", "of records with the fields timestamp, ticker, spot, zcvr"),
        ([{"mini_contracts": []}] * 2, "SPX_state_vanna_zero.json", "vanna_zero"),
        ([enveloped(ORDERFLOW[0], endpoint="orderflow")], "live.jsonl", "orderflow"),
    ],
)
def test_file_of_another_feed_is_refused_once(made: list[dict[str, object]], name: str, feed: str, tmp_path: Path):
    """One unsupported file, not a reject for each of its records."""
    with pytest.raises(UnsupportedFeed) as caught:
        read_bytes(tmp_path, array([words(one) for one in made]), name)

    assert caught.value.feed == feed


@pytest.mark.parametrize("other", [{"heartbeat": 1}, {"error": "timeout"}, ORDERFLOW[0]])
@pytest.mark.parametrize("number", [1, 1100])  # more than are judged at once
@pytest.mark.parametrize("lay_out", [array, lines, b"".join, lambda raws: lines(raws)[:-1]])
def test_snapshots_behind_other_records_go_in(
    other: dict[str, object], number: int, lay_out: Callable[[list[bytes]], bytes], tmp_path: Path
):
    """Wherever a block ends; the others are kept as what they are, records that break a rule."""
    made = [words(other)] * number + [words(one) for one in records(2)]

    for block in (97 if number == 1 else 1999, 1 << 15):
        found = read_bytes(tmp_path, lay_out(made), NAMED, block=block)

        assert list(found.snapshots) == [number, number + 1]
        assert [reject.raw for reject in found.rejects] == made[:number]


def test_snapshots_behind_envelopes_of_another_feed_go_in(tmp_path: Path):
    """A recorder of several feeds may write them into one file; the others are skipped."""
    made = [enveloped(ORDERFLOW[0], endpoint="orderflow", pad="x" * 900)] * 900 + [enveloped(record(0))]

    found = read_bytes(tmp_path, lines([words(one) for one in made]), "recorder.jsonl")

    assert (list(found.snapshots), found.skipped, found.rejects) == ([900], 900, [])


def test_snapshot_that_breaks_off_behind_other_records(tmp_path: Path):
    """The file is torn, and no other feed's."""
    data = words({"heartbeat": 1}) + b"\n" + words(record(0))

    found = read_bytes(tmp_path, data[:-5], NAMED)

    assert ("breaks off" in found.torn, len(found.rejects)) == (True, 1)


@pytest.mark.parametrize("number", [1, 400])
@pytest.mark.parametrize(
    "lay_out",
    [
        lambda made: words({"data": {"snapshots": made}}),
        lambda made: words({"snapshots": dict(enumerate(made))}),
        lambda made: words({"NQ_NDX": made}),
        lambda made: words({"status": "ok"}) + b"\n" + words(made),
        lambda made: lines([words(enveloped(enveloped(one))) for one in made]),
    ],
    ids=[
        "container in an object",
        "object of snapshots",
        "named list",
        "list behind a line",
        "envelope in an envelope",
    ],
)
def test_gamma_exposure_in_a_form_that_is_not_known(lay_out: Callable[[list[Any]], bytes], number: int, tmp_path: Path):
    """The file has failed, with the cure; it is no other feed's."""
    for block in (97, 1 << 18):
        with pytest.raises(SourceUnreadable, match="in a form that is not known; write its snapshots as one list"):
            read_bytes(tmp_path, lay_out(records(number)), NAMED, block=block)


def test_other_feed_with_majors_in_between(tmp_path: Path):
    """What is skipped in any case makes no file one of gamma exposure."""
    made = [enveloped(ORDERFLOW[0], endpoint="orderflow"), paid({"zero_gamma": 1.5}, kind="majors")] * 2

    with pytest.raises(UnsupportedFeed, match="orderflow"):
        read_bytes(tmp_path, lines([words(one) for one in made]), "recorder.jsonl")


def test_snapshots_in_a_file_named_after_another_feed_go_in(tmp_path: Path):
    """The records say what they are."""
    assert len(read_bytes(tmp_path, array([words(record())]), "orderflow_gex_zero.json").snapshots) == 1


def test_other_kinds_of_records_are_counted_and_skipped(tmp_path: Path):
    """Majors and maxchange are neither snapshots nor errors, but they have their numbers."""
    made = [paid(record(0)), paid({"mpos_vol": 0}, kind="majors"), paid(record(1)), paid({}, kind="maxchange")]

    found = read_bytes(tmp_path, lines([words(one) for one in made]), "bridge.jsonl")

    assert (list(found.snapshots), found.skipped, found.rejects) == ([0, 2], 2, [])


def test_snapshots_under_another_kind_go_in(tmp_path: Path):
    """Whatever recorders call them, but not under the names of the vendor's other records."""
    made = [paid(record(n), kind=kind) for n, kind in enumerate(("gex", "Snapshot", "majors", None, "snapshot"))]

    found = read_bytes(tmp_path, lines([words(one) for one in made]), "bridge.jsonl")

    assert (sorted(found.snapshots), found.skipped, found.rejects) == ([0, 1, 3, 4], 1, [])


def test_filter_leaves_out_what_it_does_not_admit(tmp_path: Path):
    """By ticker, package and category."""
    made = [
        record(0),
        record(1, ticker="SPX"),
        record(2, spot=0),
        enveloped(record(3), endpoint="gex_one"),
    ]
    only = FeedFilter(tickers=frozenset({"NQ_NDX"}), categories=frozenset({"gex_zero"}))

    found = read_bytes(tmp_path, lines([words(one) for one in made]), NAMED, feeds=only)

    assert (list(found.snapshots), found.skipped) == ([0], 2)
    assert [reject.record for reject in found.rejects] == [2]


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("block", [97, 1 << 18])
def test_broken_record_is_left_out_with_its_ticker(tmp_path: Path, decoder: Callable[[], Decoder], block: int):
    """Unless nothing can tell of which ticker it is, or that is what is broken."""
    left_out = [
        record(0, ticker="SPX", spot=0),
        without(record(1, ticker="SPX"), "strikes"),
        enveloped(record(2, ticker="SPX", timestamp="noon"), endpoint="classic_gex_zero"),
        record(3, ticker="SPX", strikes=[[1.0, 2.0]]),
    ]
    kept = [
        words(record(4, spot=0)),
        words(record(5, ticker="")),
        words(record(6, ticker="S" * 65)),
        words(record(7, ticker=5)),
        words(without(record(8), "ticker")),
        words(record(9, ticker="SPX"))[:-1] + b',"ticker":"SPX"}',
        b'{"ticker":"SPX","spot":}',
    ]
    data = lines([words(one) for one in left_out] + kept + [words(record(10)), words(record(11, ticker="SPX"))])
    only = FeedFilter(tickers=frozenset({"NQ_NDX", "ES_SPX"}))

    found = read_bytes(tmp_path, data, NAMED, feeds=only, decoder=decoder, block=block)

    assert (list(found.snapshots), found.skipped) == ([11], 5)
    assert [reject.record for reject in found.rejects] == list(range(4, 11))


@pytest.mark.parametrize(
    ("tickers", "warned"), [(["NQ_NDX"], False), (["ES_SPX"], True), (["NQ_NDX", "ES_SPX"], False)]
)
def test_file_whose_name_and_records_disagree(tickers: list[str], *, warned: bool, tmp_path: Path):
    """It is imported as its records say, and warned about."""
    made = [words(record(n, ticker=ticker)) for n, ticker in enumerate(tickers)]

    found = read_bytes(tmp_path, array(made), NAMED)

    assert len(found.snapshots) == len(tickers)
    warning = "its name says NQ_NDX, its records say ES_SPX; imported as ES_SPX"
    assert found.warnings == ([warning] if warned else [])


def test_rejects_say_where_they_stand_and_whose_they_are(tmp_path: Path):
    """Number, byte, words, and ticker and time where they can be read."""
    made = [words(record(0)), words(record(1, spot=0)), words(without(record(2), "ticker", "spot"))]
    data = array(made)

    first, second = read_bytes(tmp_path, data, NAMED).rejects

    assert (first.record, first.raw, first.ticker) == (1, made[1], "NQ_NDX")
    assert first.timestamp == read_bytes(tmp_path, array([words(record(1))]), NAMED).snapshots[0].timestamp
    assert (second.record, second.ticker) == (2, None)
    for reject in (first, second):
        assert reject.byte_offset is not None
        assert data[reject.byte_offset :].startswith(reject.raw)


@pytest.mark.parametrize("block", [50, 1 << 18])
def test_records_are_found_again_by_their_numbers(block: int, tmp_path: Path):
    """Word for word, damage included; numbers beyond the file are left out."""
    raws = [words(made) for made in records(5)]
    path = tmp_path / NAMED
    path.write_bytes(array([*raws[:2], b"damage", *raws[2:]]))
    reader = LegacyReader(block)
    (file,) = reader.discover(path)

    assert list(reader.raw_records(file, frozenset({0, 2, 5, 99}))) == [(0, raws[0]), (2, b"damage"), (5, raws[4])]


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts in /proc what a process reads")
def test_a_file_is_not_read_beyond_the_records_that_are_wanted(tmp_path: Path):
    """A day file is large, and of its snapshots few may have lost a conflict."""
    raws = [words(made) for made in records(40)]
    path = tmp_path / NAMED
    path.write_bytes(array(raws * 1000))
    reader = LegacyReader()
    (file,) = reader.discover(path)

    before = _bytes_read()
    found = list(reader.raw_records(file, frozenset({0, 3})))

    assert found == [(0, raws[0]), (3, raws[3])]
    assert _bytes_read() - before < file.size / 4


def _bytes_read() -> int:
    return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])


class FailingStream(SourceStream):
    """Gives so many more blocks, and then the disk fails."""

    left = 1000

    def read(self) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        return super().read()


def test_what_came_before_a_failure_of_the_disk_is_given(tmp_path: Path):
    """Records that wait to become columns together with later ones are not lost when none come."""
    path = tmp_path / NAMED
    path.write_bytes(array([words(one) for one in records(40)]))
    (file,) = LegacyReader().discover(path)
    given: list[SnapshotBatch] = []

    with FailingStream(path, 2000) as stream:
        cutter = BlockCutter(stream, recognise(stream))
        stream.left = 3
        reader = RecordReader(file, ReadOptions(NOW), cutter, make_decoder())
        with pytest.raises(OSError, match="Input/output error"):
            given.extend(reader.batches(stream))

    assert 0 < sum(len(batch.snapshots) for batch in given) < 40
