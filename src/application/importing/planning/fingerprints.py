"""Fingerprints: whether a source file still holds what a reading found in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from ....domain.errors import ANY_FAILURE
from ....domain.runs import Fingerprint, SourceFileRecord
from ...ports.source_reader import SourceFile, SourceReader, unescaped


def digest_of(file: SourceFile, reader: SourceReader) -> str:
    """Give the digest of a file's content, empty where it cannot be read: reading it will say what is wrong."""
    with suppress(*ANY_FAILURE):
        digest: object = reader.fingerprint(file)
        return digest if isinstance(digest, str) else ""
    return ""


def still_holds(file: SourceFile, found: Fingerprint, reader: SourceReader) -> bool:
    """Whether a file still holds what a reading found, if only as its beginning.

    Raises what its reader does.
    """
    if not found.digest or not 0 <= found.size <= file.size:
        return False
    return reader.fingerprint(replace(file, size=found.size)) == found.digest


def as_it_was_read(reading: SourceFileRecord, reader: SourceReader) -> SourceFile | None:
    """Give the file of a reading if it still holds what was read, if only as its beginning."""
    found = reading.fingerprint
    file = SourceFile(unescaped(reading.source_file), found.size, found.mtime_ns)
    with suppress(*ANY_FAILURE):
        return file if still_holds(file, found, reader) else None
    return None
