"""Digests of files."""

from __future__ import annotations

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
