"""Threads of a process may read at the same time: no one's rows get between those of another."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from gexlake.adapters.legacy.decoding.decoders import make_decoder
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.ports.source_reader import ReadOptions
from support.decoders import IS_COMPILED
from support.reading import Reading, assert_same, read
from support.records import NOW, array, record, row, words

#: Files of the same fields and other numbers, of which each has ladders of another length.
FILES = [
    [words(record(n, strikes=[row(1 + at, 100 * file + n, -at) for at in range(3 + file)])) for n in range(40)]
    for file in range(2)
]
#: Seconds within which a thread comes to where it is waited for.
_LONG = 20


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """The files, one a feed and day."""
    found = [tmp_path / f"2025-10-0{day}_NQ_NDX_classic_gex_zero.json" for day in range(1, len(FILES) + 1)]
    for path, raws in zip(found, FILES, strict=True):
        path.write_bytes(array(raws))
    return found


@contextmanager
def after_the_first_call(of: Any, do: Callable[[], object]) -> Iterator[None]:
    """Do something in this thread once a compiled function has returned to it for the first time."""

    def hear(_frame: object, event: str, what: object) -> None:
        if event == "c_return" and what is of:
            sys.setprofile(None)
            do()

    sys.setprofile(hear)
    try:
        yield
    finally:
        sys.setprofile(None)


def in_small_blocks(path: Path) -> Reading:
    """Read a file of some blocks of some pieces each."""
    return read(path, block=4000, piece=1000)


def ladders(batches: Iterable[SnapshotBatch]) -> pa.Table:
    """Put the ladders of some batches together."""
    return pa.Table.from_batches([batch.ladders for batch in batches])


@pytest.mark.skipif(not IS_COMPILED, reason="gexlake was installed where nothing could compile it")
def test_rows_of_two_threads_are_written_before_either_is_taken(paths: list[Path]):
    """One stops between the two, another one comes as far, and both go on: each has what its own file says."""
    from gexlake.adapters.legacy.decoding._usual import take

    written, over = threading.Event(), threading.Event()

    def read_another() -> Reading:
        with after_the_first_call(take, lambda: (written.set(), over.wait(_LONG))):
            return in_small_blocks(paths[1])

    others: list[Future[Reading]] = []
    with ThreadPoolExecutor(1) as thread:
        with after_the_first_call(take, lambda: (others.append(thread.submit(read_another)), written.wait(_LONG))):
            mine = in_small_blocks(paths[0])
        over.set()

    assert written.is_set()
    assert_same(mine, FILES[0])
    assert_same(others[0].result(), FILES[1])


def test_readings_that_take_turns_in_a_thread(paths: list[Path]):
    """What was given of one file stays as it was while another one is read on."""
    reader = LegacyReader(1000, piece=1000)
    files = [file for path in paths for file in reader.discover(path)]
    turns = list(zip_longest(*(reader.read(file, ReadOptions(NOW)) for file in files)))

    assert len(turns) > 2  # batches, and how the file ended
    for file, batches in zip(files, zip(*turns, strict=True), strict=True):
        assert ladders(filter(None, batches)) == ladders(reader.read(file, ReadOptions(NOW)))


def test_a_thread_keeps_its_decoder():
    """Which costs memory and has learnt what is usual; files of one snapshot, thousands of them, do not pay for it."""
    mine = [make_decoder(), make_decoder()]
    with ThreadPoolExecutor(1) as thread:
        others = [thread.submit(make_decoder).result() for _ in range(2)]

    assert mine[0] is mine[1] is not others[0] is others[1]
