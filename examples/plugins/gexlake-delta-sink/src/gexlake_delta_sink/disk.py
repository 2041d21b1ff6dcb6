"""What a disk may do to a sink: be full, or lose power."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake.exceptions import DeltaError

from gexlake.plugins import DiskFull

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: Arrow and Delta Lake pass the system's message on, Delta Lake with the number in it.
_SAYS_NO_ROOM = re.compile(rf"No space left|File too large|os error ({'|'.join(map(str, _NO_ROOM))})\b")


@contextmanager
def room(where: Path) -> Iterator[None]:
    """Turn "no space left", whoever says it, into gexlake's error.

    Raises:
        DiskFull: the disk, the quota or the file size limit is exhausted.
    """
    try:
        yield
    except (OSError, DeltaError) as error:
        if getattr(error, "errno", None) in _NO_ROOM or _SAYS_NO_ROOM.search(str(error)):
            raise DiskFull(str(where)) from error
        raise


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
