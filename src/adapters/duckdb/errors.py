"""DuckDB's exceptions as gexlake's: one table, one context manager."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ...domain.errors import (
    DiskFailing,
    GexlakeError,
    LakeBusy,
    LakeDamaged,
    LakeNotFound,
    TooLittleLeft,
)
from ..disk.refusals import disk_full, lake_forbidden

_OWNER = re.compile(r"\(PID (\d+)\)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def _busy(lake: str, text: str) -> GexlakeError:
    owner = _OWNER.search(text)
    return LakeBusy(lake, int(owner.group(1)) if owner else None)


def _newer_duckdb(lake: str, text: str) -> GexlakeError:
    return GexlakeError(f"The lake {lake} was written by a newer DuckDB: {text}. Upgrade gexlake and duckdb.")


def _too_little(_: str, text: str) -> GexlakeError:
    return TooLittleLeft(text.partition(" Possible solutions")[0])  # which are for whoever writes the SQL


def _reading_only(lake: str, _: str) -> GexlakeError:
    return GexlakeError(f"The lake {lake} was opened for reading only. Open it for writing to change it.")


def _retry(lake: str, text: str) -> GexlakeError:
    failure = GexlakeError(f"Two writers changed the same thing in the lake {lake} ({text}). Run the command again.")
    failure.transient = True
    return failure


def _other(lake: str, text: str) -> GexlakeError:
    return GexlakeError(
        f"The database of the lake {lake} failed: {text}. Run the command again; if it fails again, report this line."
    )


#: The first pattern that a message holds decides. Messages are what there is: DuckDB raises an IOException for a
#: lock, a full disk and a torn file alike, and a bare Error for a failed checksum.
_TABLE: tuple[tuple[re.Pattern[str], Callable[[str, str], GexlakeError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), make)
    for pattern, make in (
        (
            r"no space left|not enough space on the disk|disk quota exceeded|file too large",
            lambda lake, text: disk_full(Path(lake), text),
        ),
        (
            r"out of memory|malloc|(cannot|failed to|could not) allocate|bad_?alloc|too many open|temporarily un",
            _too_little,
        ),
        (r"could not set lock|conflicting lock|used by another process", _busy),
        (
            r"different configuration than existing connections|already attached",
            lambda lake, _: LakeBusy(lake, os.getpid()),
        ),
        (r"database does not exist", lambda lake, _: LakeNotFound(lake)),
        (r"version number \d+, but", _newer_duckdb),
        (r"permission denied|operation not permitted|access is denied|read-only file system", lake_forbidden),
        (r"attached in read-only mode", _reading_only),
        (r"not a valid duckdb database|corrupt|could not read|replaying wal|checksum|is a directory", LakeDamaged),
        (r"input/output error|remote i/o error|stale file handle|fsync failed", DiskFailing),
        (r"conflict|another transaction has altered", _retry),
    )
)


@contextmanager
def translated(lake: str) -> Iterator[None]:
    """Turn what DuckDB or the system raises inside the block into an error of gexlake.

    Raises:
        LakeBusy, LakeDamaged, LakeForbidden, LakeNotFound, DiskFailing, DiskFull, TooLittleLeft: as their names say.
        GexlakeError: anything else.
        KeyboardInterrupt: a signal asked this process to stop while DuckDB was at work.
    """
    try:
        yield
    except RuntimeError as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
    except (duckdb.Error, OSError, MemoryError) as error:
        text = _plain(str(error) or "out of memory")
        facts = _QUOTED.sub("", text)  # a path may hold any of the words
        make = next((make for pattern, make in _TABLE if pattern.search(facts)), _other)
        raise make(lake, text) from error


def _plain(message: str) -> str:
    """Cut a message down to the facts: no kind in front, no link behind, one line."""
    line = " ".join(message.split())
    return re.sub(r"^\w+ Error: |^\[Errno \d+\] | See also https?://\S+", "", line).rstrip(".")[:500]
