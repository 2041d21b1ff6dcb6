"""What a disk has come to the end of is told with the cure for that."""

import errno
import os
from pathlib import Path

import pyarrow as pa
import pytest

from gexlake.adapters.disk.refusals import refusal


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "free some space and run"),
        (errno.EDQUOT, "the quota is used up). Nothing is half done: free some space, or have it raised, and run"),
        (errno.EFBIG, "a file may not grow any more). Nothing is half done: have that limit raised (see 'ulimit -f')"),
    ],
)
def test_each_end_has_its_cure(number: int, told: str, tmp_path: Path) -> None:
    """Whoever says it: the system itself, or Arrow, which passes its words on."""
    place = tmp_path / "lake" / "not there yet"
    own = OSError(number, os.strerror(number), str(place))
    passed_on = pa.ArrowException(f"IOError: Error writing bytes to file. Detail: [errno {number}] {own.strerror}")
    for error in (own, passed_on):
        sentence = str(refusal(error, place))
        assert sentence.startswith(f"The disk is full ({place}")
        assert told in sentence
