"""Errors in full, with places and cures: for whoever called for the work, at a terminal here or beside a server."""

from __future__ import annotations

from pathlib import Path

from ...domain.errors import GexlakeError, TooLittleLeft, WorkingDirectoryGone

#: What the loader says of a library that finds no room in memory.
_NO_ROOM_TO_LOAD = "failed to map segment from shared object"
#: What Python says where the system, or a limit such as 'ulimit -u', has no thread left.
_NO_THREAD = "start new thread"


def told_in_full(error: BaseException) -> str | None:
    """Say what went wrong and what to do about it; None of what nobody foresaw."""
    if isinstance(error, GexlakeError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return _refused(error, error.strerror)
    if isinstance(error, MemoryError) or _found_no_room(error):
        return str(TooLittleLeft(str(error) or "out of memory"))
    return None


def _found_no_room(error: BaseException) -> bool:
    words = {ImportError: _NO_ROOM_TO_LOAD, RuntimeError: _NO_THREAD}
    return any(isinstance(error, kind) and said in str(error) for kind, said in words.items())


def _refused(error: OSError, reason: str) -> str:
    from ...adapters.disk.refusals import NO_ROOM, disk_full, in_no_directory

    if in_no_directory(error):
        return str(WorkingDirectoryGone())
    if error.errno in NO_ROOM:
        place = str(error.filename2 or error.filename or "where it was to be written")
        return str(disk_full(Path(place), reason))
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{reason}. Mend that, and run the same command again."
