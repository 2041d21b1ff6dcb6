"""Digests of files, second names for them, and folders that survive a power cut."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

import xxhash

_CHUNK = 1 << 20


def free_name(path: Path) -> Path:
    """Give a path at which there is nothing: this one, or with a number behind it."""
    names = (path if number == 1 else path.with_name(f"{path.name}-{number}") for number in count(1))
    return next(name for name in names if not os.path.lexists(name))


def digest(path: Path, size: int | None = None) -> str:
    """Give the xxh3-128 of a file's first ``size`` bytes, or of all, in hex.

    Raises:
        OSError: the system refuses the file.
    """
    state = xxhash.xxh3_128()
    left = sys.maxsize if size is None else size
    with path.open("rb") as file:
        while block := file.read(min(_CHUNK, left)):
            state.update(block)
            left -= len(block)
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


def copy_or_move(path: str, place: str) -> None:
    """Copy a file that has other names; one that has none is a copy already, and gets the place as its only name."""
    (shutil.copy2 if Path(path).stat().st_nlink > 1 else shutil.move)(path, place)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system can do that."""
    with suppress(OSError):  # a folder cannot be opened on Windows
        sync(folder)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that a power cut takes none of them away."""
    for changed in add_folders(folder):
        sync(changed)


def add_folders(folder: Path) -> list[Path]:
    """Make a folder, and those above it that are missing; give those that have a new name in them, for a sync."""
    if folder.is_dir():
        return []
    changed = add_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    return [*changed, folder.parent]


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
