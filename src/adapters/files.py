"""Digests of files, and folders that survive a power cut."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import xxhash

_CHUNK = 1 << 20


def digest(path: Path, size: int | None = None) -> str:
    """Give the xxh3-128 of a file's first ``size`` bytes, or of all, in hex.

    Raises:
        OSError: the system refuses the file.
    """
    state = xxhash.xxh3_128()
    left = size if size is not None else -1
    with path.open("rb") as file:
        while left and (block := file.read(min(_CHUNK, left) if left > 0 else _CHUNK)):
            state.update(block)
            left -= len(block) if left > 0 else 0
    return str(state.hexdigest())


def link_or_copy(path: Path, place: Path) -> None:
    """Give a file a second name, or a copy where the disk knows no second names; its folder is made.

    Raises:
        OSError: the system refuses; FileNotFoundError if the file is not there.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, place, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except FileExistsError:
        return
    except OSError:
        shutil.copy2(path, place, follow_symlinks=False)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system can do that."""
    with suppress(OSError):  # a folder cannot be opened on Windows
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
