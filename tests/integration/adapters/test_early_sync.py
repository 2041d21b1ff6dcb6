"""What is written of a large file is brought to the disk meanwhile, and nobody hears of what goes wrong with that."""

import os
import threading
from pathlib import Path

import pytest

from gexlake.adapters.parquet.early_sync import EarlySync

LARGE = 100 << 20


def syncing() -> int:
    """Count the threads that are at it."""
    return sum(thread.name == "early sync" for thread in threading.enumerate())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only a pipe with a name can be opened as late as one likes")
def test_a_large_file_is_synced_while_it_is_written(tmp_path: Path):
    """By one thread at a time, which has ended once it was waited for."""
    path = tmp_path / "part"
    os.mkfifo(path)  # to open it for reading takes until somebody opens it for writing
    early = EarlySync(path)
    for _ in range(3):
        early.wrote(LARGE)
        assert syncing() == 1
    with path.open("wb"):
        early.wait()
    assert syncing() == 0


def test_a_small_file_needs_no_thread(tmp_path: Path):
    """Most files of an archive of small ones are synced once, at their end."""
    early = EarlySync(tmp_path / "part")
    early.wrote(1000)
    assert syncing() == 0
    early.wait()


def test_what_goes_wrong_is_left_to_the_end(tmp_path: Path):
    """The last sync says what is wrong with the file."""
    early = EarlySync(tmp_path / "gone")
    early.wrote(LARGE)
    early.wait()


def test_where_there_is_no_thread_nothing_is_synced_early(tmp_path: Path):
    """It is all done at the end, as for small files; with a thread again, early."""
    path = tmp_path / "part"
    path.touch()
    early = EarlySync(path)
    usual = threading.stack_size(1 << 46)  # no system has room for such a stack
    try:
        early.wrote(LARGE)
    finally:
        threading.stack_size(usual)
    early.wait()
    early.wrote(LARGE)
    early.wait()
    assert syncing() == 0
