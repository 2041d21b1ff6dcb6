"""Errors are told in full: with the place, what the system says and what to do."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.domain.errors import LakeNotFound
from gexlake.entrypoints.shapes.told_in_full import told_in_full


def _in_nothing(folder: Path) -> None:
    (folder / "file").touch()
    (folder / "file" / "deeper").mkdir()


def _vast(_: Path) -> None:
    bytearray(2**62)


def _threads(_: Path) -> None:
    before = threading.stack_size(2**46)
    try:
        threading.Thread(target=threading.get_ident).start()
    finally:
        threading.stack_size(before)


CURE = "and run the same command again"


@pytest.mark.parametrize(
    ("fail", "told", "cure"),
    [
        (_in_nothing, "{folder}/file/deeper: Not a directory.", "Mend that, "),
        (lambda _: Path("/dev/full").write_bytes(b"x"), "The disk is full (where it was to be written).", "space "),
        (_vast, "The system has too little memory left", "free some, or import with fewer --workers, "),
        (_threads, "The system has too little memory left, or too few threads", "with fewer --workers, "),
    ],
    ids=["refused", "full", "memory", "threads"],
)
def test_what_the_system_refuses_is_told_with_the_cure(
    fail: Callable[[Path], object], told: str, cure: str, tmp_path: Path
) -> None:
    """Each as the system itself raises it."""
    with pytest.raises((OSError, MemoryError, RuntimeError)) as refused:
        fail(tmp_path)
    sentence = told_in_full(refused.value) or ""
    assert sentence.startswith(told.format(folder=tmp_path))
    assert f"{cure}{CURE}" in sentence


def test_errors_of_gexlake_keep_their_sentences() -> None:
    """And what nobody foresaw is for the caller to tell."""
    error = LakeNotFound("lake")
    assert told_in_full(error) == str(error)
    assert told_in_full(KeyError("strike")) is None
    assert told_in_full(ImportError("no module")) is None
    assert told_in_full(RuntimeError("no thread")) is None
