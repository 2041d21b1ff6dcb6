"""The journal on disk: one small file of JSON lines for each commit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import xxhash

from ...application.ports.journal import Journal, JournalEntry, Note
from ...application.presence import exists, is_dir
from ...domain.errors import JournalTooNew, LakeDamaged
from ..disk.files import link_or_copy
from ..disk.lake_folder import JOURNAL, STAGING
from ..disk.refusals import refusals
from .lines import UnknownNote, line_of, note_of

_ENDING = ".jsonl"
_STAGED_ENDING = ".journal"


class FileJournal(Journal):
    """Entries as ``journal/000000000012.jsonl`` in the lake's folder, and in ``staging/`` until they are committed.

    An entry ends with the xxh3-128 of its lines, so that a torn or changed one is found out.
    """

    def __init__(self, folder: Path) -> None:
        self._lake, self._folder, self._staging = str(folder), folder / JOURNAL, folder / STAGING

    def begin(self, number: int) -> JournalEntry:
        return _FileEntry(self._staged(number), number)

    def staged(self) -> list[int]:
        return _numbers(self._staging, _STAGED_ENDING)

    def publish(self, number: int) -> None:
        staged = self._staged(number)
        if exists(staged):
            with refusals(self._folder):
                self._folder.mkdir(parents=True, exist_ok=True)
                staged.replace(self.path(number))

    def discard(self, number: int) -> None:
        with refusals(self._staging):
            self._staged(number).unlink(missing_ok=True)

    def numbers(self) -> list[int]:
        return _numbers(self._folder, _ENDING)

    def notes(self, number: int) -> Iterator[Note]:
        try:
            # That an entry is closed to us, or memory short, does not make it a damaged one.
            with refusals(self.path(number), reading=True), self.path(number).open("rb") as file:
                length = _proven(file, number)
                file.seek(0)
                while file.tell() < length:
                    yield note_of(file.readline())
        except UnknownNote as unknown:
            raise JournalTooNew(self._lake, unknown.kind) from None
        except FileNotFoundError:
            raise LakeDamaged(self._lake, f"the entry {number} of its journal is missing") from None
        except (OSError, ValueError) as error:
            raise LakeDamaged(self._lake, f"the entry {number} of its journal cannot be read ({error})") from error

    def link_to(self, folder: Path, last: int) -> None:
        there = FileJournal(folder)
        with refusals(folder):
            for number in sorted(n for n in {*self.numbers(), *self.staged()} if n <= last):
                try:
                    link_or_copy(self.path(number), there.path(number))
                except FileNotFoundError:  # committed, and not yet in its place
                    link_or_copy(self._staged(number), there.path(number))

    def forget_before(self, number: int) -> None:
        for earlier in self.numbers():
            if earlier < number:
                self.path(earlier).unlink(missing_ok=True)

    def path(self, number: int) -> Path:
        """Say where an entry has its place."""
        return self._folder / f"{number:012d}{_ENDING}"

    def _staged(self, number: int) -> Path:
        return self._staging / f"{number:012d}{_STAGED_ENDING}"


class _FileEntry(JournalEntry):
    def __init__(self, path: Path, number: int) -> None:
        self._path, self._number = path, number
        self._file: BinaryIO | None = None
        self._digest = xxhash.xxh3_128()

    def note(self, note: Note) -> None:
        with refusals(self._path):
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("wb")
            line = line_of(note)
            self._digest.update(line)
            self._file.write(line)

    def close(self) -> bool:
        if self._file is None:
            return False
        with refusals(self._path):
            end = {"end": self._number, "xxh3_128": self._digest.hexdigest()}
            self._file.write(json.dumps(end).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return True

    def abort(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # the disk is full, perhaps; the file goes anyway
                self._file.close()
            self._path.unlink(missing_ok=True)


def _proven(file: BinaryIO, number: int) -> int:
    """Give the length of an entry's notes once its last line has vouched for them.

    Raises:
        ValueError: it does not.
    """
    digest, line = xxhash.xxh3_128(), b""
    for following in file:
        digest.update(line)
        line = following
    if json.loads(line or b"{}") != {"end": number, "xxh3_128": digest.hexdigest()}:
        raise ValueError("its checksum is another one")
    return file.tell() - len(line)


def _numbers(folder: Path, ending: str) -> list[int]:
    try:
        with refusals(folder):
            names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        if is_dir(folder.parent):
            raise
        return []  # a file lies where the lake should: there is none
    stems = (name.removesuffix(ending) for name in names if name.endswith(ending))
    return sorted(int(stem) for stem in stems if stem.isdecimal())
