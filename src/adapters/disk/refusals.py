"""What the system refuses, as errors that say what to do about it."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from ...domain.errors import DiskFailing, DiskFull, GexlakeError, LakeForbidden, TooLittleLeft

#: What the system says when a disk, a quota or the size of a file is at its end.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: With fewer files left than this, a disk is out of files: some may have been freed since it refused one.
_FEW_FILES = 8
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_FAILING = (errno.EIO, errno.ESTALE)
_TOO_LITTLE = (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE)
#: Arrow passes the system's message on but not always its number.
_WORDS = {
    "No space left|File too large|quota exceeded": NO_ROOM,
    "Permission denied|Operation not permitted|Read-only file system": _CLOSED,
    "Input/output error|Remote I/O error|Stale file handle": _FAILING,
    "Cannot allocate memory|Resource temporarily unavailable|Too many open files": _TOO_LITTLE,
}


@contextmanager
def refusals(where: Path, *, reading: bool = False) -> Iterator[None]:
    """Turn what the system refuses into the error that says what to do.

    What cannot be read from a disk that fails is damaged: that it is stays to be said by whoever is ``reading``.

    Raises:
        DiskFailing: the disk does not do what is asked of it.
        DiskFull: the disk, the quota or the file size limit is exhausted.
        LakeForbidden: permissions, or a disk that is mounted for reading, are in the way.
        TooLittleLeft: memory, threads or open files are.
    """
    try:
        yield
    except (OSError, MemoryError, pa.ArrowException) as error:
        told = refusal(error, where)
        if told is None or (reading and isinstance(told, DiskFailing)):
            raise
        raise told from error


def refusal(error: BaseException, where: Path) -> GexlakeError | None:
    """Give the error that says what to do about what the system has refused; None if it is something else."""
    number = getattr(error, "errno", None)
    if isinstance(error, shutil.Error):  # about each of many files: from, to, why
        error = OSError(error.args[0][0][2])
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    told = (known for words, known in _WORDS.items() if number in known or re.search(words, str(error)))
    kind = next(told, ())
    if kind == NO_ROOM:
        return disk_full(where, reason)
    if kind in (_CLOSED, _FAILING):
        made = lake_forbidden if kind == _CLOSED else DiskFailing
        return made(str(getattr(error, "filename", None) or where), reason)
    if isinstance(error, MemoryError) or kind == _TOO_LITTLE:
        return TooLittleLeft(reason or "out of memory")
    return None


def in_no_directory(error: OSError) -> bool:
    """Say whether something was not found because the working directory was removed; the system names it nowhere."""
    if error.errno != errno.ENOENT or Path(error.filename or "").is_absolute():
        return False
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def disk_full(where: Path, reason: str) -> DiskFull:
    """Give the error that says what a disk has come to the end of; ``reason`` are the system's words."""
    words = reason.lower()
    if "quota exceeded" in words:
        return DiskFull(str(where), "the quota is used up", "free some space, or have it raised,")
    if "file too large" in words:
        return DiskFull(str(where), "a file may not grow any more", "have that limit raised (see 'ulimit -f')")
    if _lacks_inodes(where):
        return DiskFull(str(where), "it takes no more files, for want of inodes", "remove some files")
    return DiskFull(str(where))


def lake_forbidden(where: str, reason: str) -> LakeForbidden:
    """Give the error that says what opens a lake again; ``reason`` are the system's words."""
    if "read-only file system" in reason.lower():  # a system mounts a disk so by itself when it fails
        return LakeForbidden(where, reason, "see what the system's log says of its disk, have that mounted for writing")
    return LakeForbidden(where, reason)


def _lacks_inodes(where: Path) -> bool:
    """Say whether a disk has room for bytes but not for files; some file systems have no bound for these."""
    with suppress(OSError, AttributeError, StopIteration):  # Windows has no such thing
        disk = os.statvfs(next(place for place in (where, *where.absolute().parents) if place.exists()))
        return disk.f_files > 0 and disk.f_favail < _FEW_FILES and disk.f_bavail > 0
    return False
