"""Where the parts of a lake lie on disk, and how to make what was written last."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from ...domain.errors import DiskFull
from ...domain.parts import PartKey

LADDERS = "strikes"
SNAPSHOTS = "snapshots"
STAGING = "staging"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class LakePaths:
    """The names of things in one lake's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def staging(self) -> Path:
        """Where half-done work lies."""
        return self.folder / STAGING

    def unit(self, unit: str) -> Path:
        """Give the staging folder of a unit of work."""
        return self.staging / unit

    def staged(self, key: PartKey, kind: str) -> Path:
        """Say where a part is written; ``kind`` is ``strikes`` or ``snapshots``."""
        return self.unit(key.unit) / f"{key.name}.{kind}.parquet"

    def published(self, key: PartKey, kind: str) -> Path:
        """Say where readers find a part; values are quoted as Hive does it."""
        ticker, package, category = (quote(name, safe="") for name in key.feed)
        return self.folder.joinpath(
            kind,
            f"ticker={ticker}",
            f"package={package}",
            f"category={category}",
            f"date={key.date.isoformat()}",
            f"{key.name}.parquet",
        )

    def present(self, key: PartKey, kind: str) -> Path:
        """Say where a part is at this moment: published, or still staged."""
        path = self.published(key, kind)
        return path if path.exists() else self.staged(key, kind)


@contextmanager
def room(where: Path) -> Iterator[None]:
    """Turn the system's "no space left" into the error that says what to do.

    Raises:
        DiskFull: the disk, the quota or the file size limit is exhausted.
    """
    try:
        yield
    except OSError as error:
        # Arrow passes the system's message on but not always its number.
        if error.errno in _NO_ROOM or "No space left" in str(error) or "File too large" in str(error):
            raise DiskFull(str(where)) from error
        raise


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that a power cut takes none of them away."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
