"""Ways in which rows could get lost or be counted wrongly, each with what must happen instead."""

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import RecordingProgress
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.domain.runs import Counts, ImportRun, OnConflict
from support.accounts import account, off
from support.records import lines, put, record, records, words

DAY = 86_400
FILE = "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"
Import = Callable[..., ImportRun]


def write(path: Path, data: bytes) -> Path:
    """Write a source file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def stored(lake: DuckDbLake) -> int:
    """Count the snapshots of a lake."""
    return sum(day.snapshots for day in lake.snapshots.days())


def test_file_of_more_days_than_files_may_be_open(tmp_path: Path):
    """Parts are closed on the way; each snapshot goes in once, also when its day comes again."""
    days = [record(-DAY * day) for day in range(150)]
    again = (record(1 - DAY * day) for day in range(150))
    source = put(tmp_path / "history" / "long_gex_zero.jsonl", *days, *again)
    command = [sys.executable, "-m", "gexlake.entrypoints.cli.main", "import", str(source), "--json"]

    done = subprocess.run(
        [*command, "--lake", str(tmp_path / "lake"), "--progress", "none"],
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)),
    )

    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["snapshots"]["accepted"], run["snapshots"]["read"], len(run["days"])) == (300, 300, 150)


def test_days_that_come_again_are_compared_with_themselves(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """A repeat is found although the part that holds its first is closed already."""
    days = [record(-DAY * day) for day in range(101)]  # one more than parts can be open at once

    run = imported(put(tmp_path / "x_gex_zero.jsonl", *days, *days))

    assert run.counts == Counts(read=202, accepted=101, duplicates=101, strikes=303)
    assert stored(lake) == 101


class FailingReader(LegacyReader):
    """Reads a file until the disk fails."""

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Give the first batch, then fail."""
        batches = super().read(file, options)
        yield replace(next(batches), torn="")
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_file_that_the_disk_cut_short_is_read_again(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """Though it did not change: its rest was never seen."""
    source = put(tmp_path / FILE, *records(4000))

    first = imported(source, lambda: FailingReader(block=50_000))
    second = imported(source)

    assert first.status.value == "partial"
    assert 0 < first.counts.accepted < 4000
    assert second.counts.accepted == 4000 - first.counts.accepted
    assert stored(lake) == 4000


def test_what_another_file_repeated_comes_back_after_a_clear(
    imported: Import, lake: DuckDbLake, heard: RecordingProgress, tmp_path: Path
):
    """Its duplicates were left out because of what is taken out."""
    first, second = tmp_path / "a" / FILE, tmp_path / "b" / FILE
    imported(put(first, *records(10)))
    imported(put(second, *records(15)[5:]))
    put(first, *records(3))

    imported(first, clear_existing=True, without_sources=True)
    assert any("import them again" in warning for warning in heard.warnings)
    imported(second)

    assert stored(lake) == 3 + 10


def test_clear_of_what_gave_nothing_says_so(imported: Import, heard: RecordingProgress, tmp_path: Path):
    """A misspelt source must not pass for a cleared one."""
    imported(put(tmp_path / FILE, record(0)), clear_existing=True)

    assert any("nothing was taken out" in warning for warning in heard.warnings)


def test_two_lists_in_one_container(imported: Import, tmp_path: Path):
    """Both hold records; neither is left out in silence."""
    one, two = (json.dumps([record(n)]) for n in (0, 1))
    for name in ("records", "payloads"):
        source = tmp_path / name / "2025-10-06_NQ_NDX_classic_gex_zero.json"
        write(source, f'{{"meta":1,"{name}":{one},"count":2,"snapshots":{two}}}'.encode())

    run = imported(tmp_path)

    assert run.counts.read == 4


def test_file_without_a_category_that_begins_with_damage(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """The damage does not hide that the category is unknown, and the cure that is named helps."""
    source = write(tmp_path / "records.jsonl", b"###\n" + lines(list(map(words, records(20)))))

    first = imported(source)
    second = imported(source, assume_category="gex_zero")

    assert first.files.failed == 1
    assert "--assume-category" in first.errors[0]
    assert (second.counts.accepted, stored(lake)) == (20, 20)


def test_another_assumed_category_is_another_import(imported: Import, tmp_path: Path):
    """What was taken for one category is not known as another."""
    source = put(tmp_path / "records.jsonl", record(0))
    imported(source, assume_category="gex_one")

    assert imported(source, assume_category="gex_one").files.unchanged == 1
    assert imported(source, assume_category="gex_zero").counts.accepted == 1


def test_line_end_within_a_string_is_damage(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """Not a record with other words in it."""
    good, broken, *both = words(record(0)), words(record(1, note="A#B")), words(record(2)), words(record(3))
    source = write(tmp_path / FILE, lines([good, broken.replace(b"#", b"\n"), b",".join(both)]))

    imported(source)

    texts = lake.snapshots.between(lake.snapshots.feeds()[0], None, None, 10).column("extra").to_pylist()
    assert texts == [None, None, None]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "2025-10-06_NQ_NDX_classic_gex_zero.json",
            b"[null," + b",".join([lines([words(one)]) for one in records(20)]) + b"]",
        ),
        (FILE, b'[25187.21,1,2,[1,2,3,4,5]]],"sum_gex_vol":1}\n' + lines(list(map(words, records(20))))),
    ],
    ids=["null first", "tail of a line first"],
)
def test_damage_at_the_very_start_costs_no_record(imported: Import, name: str, data: bytes, tmp_path: Path):
    """The good ones go in."""
    run = imported(write(tmp_path / name, data))

    assert (run.counts.accepted, run.counts.rejected, run.files.failed) == (20, 1, 0)


def test_link_to_nowhere_is_said(imported: Import, tmp_path: Path):
    """What it stood for is missing."""
    put(tmp_path / "history" / FILE, record(0))
    (tmp_path / "history" / "2025-10-07_NQ_NDX_classic_gex_zero.json").symlink_to(tmp_path / "gone")

    run = imported(tmp_path / "history")

    assert (run.status.value, run.files.failed, run.counts.accepted) == ("partial", 1, 1)


def test_folder_that_cannot_be_looked_into_is_said(imported: Import, tmp_path: Path):
    """Even by root: its path is longer than the system takes."""
    put(tmp_path / "history" / FILE, record(0))
    here = os.open(tmp_path / "history", os.O_RDONLY)
    for _ in range(25):
        os.mkdir("x" * 200, dir_fd=here)
        inner = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)

    run = imported(tmp_path / "history")

    assert (run.status.value, run.files.failed, run.counts.accepted) == ("partial", 1, 1)
    assert "cannot be read" in run.errors[0]


def test_winner_of_a_replacement_waits_no_more_and_the_loser_does(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """Whoever is stored has no pending reject; whoever is not has one, however often they change places."""
    first, second = tmp_path / "a" / FILE, tmp_path / "b" / FILE
    put(first, record(0))
    put(second, record(0, spot=25_020.5))
    imported(first)
    imported(second)

    def waiting() -> list[str]:
        pending = lake.lineage.rejects(pending=True)
        return [Path(stored.source_file).parent.name for stored in pending]

    assert waiting() == ["b"]
    imported(second, force=True, on_conflict=OnConflict.REPLACE)
    assert waiting() == ["a"]
    imported(first, force=True, on_conflict=OnConflict.REPLACE)
    assert waiting() == ["b"]
    assert stored(lake) == 1


def test_replay_that_loses_again_leaves_one_reject(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """It stays pending where it was; replayed with the other policy it goes in and the loser waits."""
    put(tmp_path / "a" / FILE, record(0))
    put(tmp_path / "b" / FILE, record(0, spot=25_020.5))
    imported(tmp_path)
    replay = ReplayRejects(lake, SystemClock())

    run = replay.run(None)
    assert (run.status.value, len(list(lake.lineage.rejects()))) == ("partial", 1)
    assert len(list(lake.lineage.rejects(pending=True))) == 1

    replay.run(None, on_conflict=OnConflict.REPLACE)
    pending = [Path(stored.source_file).parent.name for stored in lake.lineage.rejects(pending=True)]
    assert pending == ["a"]
    latest = lake.snapshots.latest(lake.snapshots.feeds()[0])
    assert latest.column("spot").to_pylist() == [25_020.5]


def test_mended_words_that_lose_a_conflict_are_kept(imported: Import, lake: DuckDbLake, tmp_path: Path):
    """As conflicts of the replay; another one knows their feeds by the files that the rejects were found in."""
    for category, spot in (("zero", 25_020.5), ("full", 25_030.5)):
        name = f"2025-10-06_NQ_NDX_classic_gex_{category}.jsonl"
        put(tmp_path / "history" / name, record(0), record(0, spot=-spot))
    imported(tmp_path / "history")
    replay = ReplayRejects(lake, SystemClock())
    broken = list(lake.lineage.rejects())
    mended = write(tmp_path / "mended.jsonl", b"".join(kept.reject.raw.replace(b"-", b"") + b"\n" for kept in broken))

    run = replay.run(None, mended=mended)
    assert (run.status.value, run.counts.conflicts, off(account(lake))) == ("partial", 2, [])
    waiting = list(lake.lineage.rejects(pending=True))
    assert [(kept.import_id, kept.reject.reason.value) for kept in waiting] == [(run.import_id, "conflict")] * 2
    assert sorted(kept.reject.raw for kept in waiting) == sorted(mended.read_bytes().splitlines())

    replay.run(None)
    assert [kept.reject_id for kept in lake.lineage.rejects(pending=True)] == [kept.reject_id for kept in waiting]

    assert replay.run(None, on_conflict=OnConflict.REPLACE).counts.accepted == 2
    spots = {str(f): lake.snapshots.latest(f).column("spot").to_pylist() for f in lake.snapshots.feeds()}
    assert spots == {"NQ_NDX/classic/gex_full": [25_030.5], "NQ_NDX/classic/gex_zero": [25_020.5]}
    assert off(account(lake)) == []


def test_space_before_the_first_record_is_read_past(imported: Import, tmp_path: Path):
    """Any amount, in no more time than it takes to read it."""
    space = b" " * (30 * 1024 * 1024)
    one = words(record(0))
    write(tmp_path / "a" / "2025-10-06_NQ_NDX_classic_gex_zero.json", b"[" + space + one + b"]")
    write(tmp_path / "b" / "2025-10-06_NQ_NDX_classic_gex_zero.json", space + one + space.replace(b" ", b"\n"))

    run = imported(tmp_path)

    assert run.counts == Counts(read=2, accepted=1, duplicates=1, strikes=3)
