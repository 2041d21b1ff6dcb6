"""Whether something is there, where much hangs on it.

Since Python 3.14 ``Path.exists`` and its like say no as well where the system will not tell: a disk fails, a folder is
closed. Who took that for nothing would leave out, or write over, what lies there after all.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

_NOTHING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EBADF)
#: Of Windows: a drive with nothing in it, a name that no file can have, a link that leads nowhere.
_NOTHING_ON_WINDOWS = (21, 123, 1921)


def exists(path: Path) -> bool:
    """Say whether a path leads to something.

    Raises:
        OSError: the system will not tell.
    """
    return _mode(path) is not None


def is_dir(path: Path) -> bool:
    """Say whether a path leads to a folder.

    Raises:
        OSError: the system will not tell.
    """
    return stat.S_ISDIR(_mode(path) or 0)


def is_file(path: Path) -> bool:
    """Say whether a path leads to a file, not to a folder, a pipe or a device.

    Raises:
        OSError: the system will not tell.
    """
    return stat.S_ISREG(_mode(path) or 0)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except ValueError:  # no system can have a file of that name
        return None
    except OSError as error:
        if error.errno in _NOTHING or getattr(error, "winerror", None) in _NOTHING_ON_WINDOWS:
            return None
        raise
