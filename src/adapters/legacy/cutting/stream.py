"""The bytes of a source file: unpacked whatever the name says, without a byte order mark, block by block."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import xxhash
from isal import isal_zlib

from .archives import HEAD, holds_history

GZIP = b"\x1f\x8b"
#: What isal raises for bytes that are no gzip; its stubs do not say that it is an exception.
_DAMAGED: Any = isal_zlib.error
BOM = b"\xef\xbb\xbf"
#: Small enough to stay in the processor's cache while it is cut; parsing goes by pieces (``Decoder.piece``).
BLOCK = 256 * 1024
#: How many packed bytes are unpacked at a time where damage is near.
_SMALL_STEP = 64


class SourceStream:
    """Reads a file in blocks; ``bytes_done`` counts the file's own bytes, ``torn`` says where a gzip breaks off.

    The first ``summed`` bytes of the file are summed up as they come by: to read them once more for that takes as long.

    Raises:
        OSError: the system refuses the file.
    """

    def __init__(self, path: Path, block: int = BLOCK, summed: int = 0) -> None:
        self._size = block
        self._sum, self._unsummed = xxhash.xxh3_128(), summed
        self._file = path.open("rb", buffering=0)
        self._facts = os.fstat(self._file.fileno())
        self.bytes_done = 0
        self.torn = ""
        #: Bytes before the first record that were dropped (a byte order mark, space); offsets into the file count them.
        self.skipped = 0
        head = self._file.read(2)
        self._file.seek(0)
        self._unzip: Any = isal_zlib.decompressobj(wbits=31) if head == GZIP else None
        self.form = "gzip " if self._unzip else ""
        self._pending = b""
        # Where the gzip member in work begins in the file, and how much of it was given.
        self._member = self._given = 0
        self._started = False
        # What was looked at and given back, and how much of it was given again.
        self._front, self._again = b"", 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def changed(self) -> bool:
        """Whether the file was cut or written over since it was opened; one that only grew was not."""
        facts, before = os.fstat(self._file.fileno()), self._facts
        grown = facts.st_size > before.st_size
        return facts.st_size < before.st_size or (not grown and facts.st_mtime_ns != before.st_mtime_ns)

    @property
    def digest(self) -> str:
        """The sum of the bytes that were to be summed up; empty if not all of them were read."""
        return "" if self._unsummed else str(self._sum.hexdigest())

    def read(self) -> bytes:
        """Give the next block; empty at the end."""
        if self._again < len(self._front):
            self._again += self._size
            return self._front[self._again - self._size : self._again]
        self._front = b""
        block = self._block()
        if not self._started:
            while 0 < len(block) < len(BOM) and (more := self._block()):
                block += more
            if block.startswith(BOM):
                block, self.skipped = block[len(BOM) :], self.skipped + len(BOM)
                block = block or self._block()
            self._started = True
        return block

    def unread(self, data: bytes) -> None:
        """Take back the end of what was read, to give it again block by block."""
        self._front, self._again = data, 0

    def _block(self) -> bytes:
        return self._unzipped() if self._unzip else self._raw()

    def _raw(self) -> bytes:
        block = self._file.read(self._size)
        self.bytes_done += len(block)
        if self._unsummed:
            self._sum.update(memoryview(block)[: self._unsummed])
            self._unsummed = max(0, self._unsummed - len(block))
        return block

    def _unzipped(self) -> bytes:
        while not self.torn:
            raw = self._pending or self._raw()
            ended = not raw
            if self._unzip.eof:
                if ended:
                    return b""
                # Several gzip members in a row are one file; anything else after a member is padding.
                raw = raw.lstrip(b"\0")
                if raw == GZIP[:1]:
                    raw += self._raw()
                if not raw.startswith(GZIP):
                    self._pending = b""
                    if raw:
                        self.torn = f"something that is not gzip follows the gzip stream near byte {self.bytes_done}"
                    continue
                self._unzip = isal_zlib.decompressobj(wbits=31)
                self._member, self._given = self.bytes_done - len(raw), 0
            try:
                block = bytes(self._unzip.decompress(raw, self._size))
            except _DAMAGED as error:
                self.torn = f"the gzip stream is damaged near byte {self.bytes_done}: {error}"
                return self._salvaged()
            self._pending = bytes(self._unzip.unused_data if self._unzip.eof else self._unzip.unconsumed_tail)
            if block:
                self._given += len(block)
                return block
            # Not before all is given: what was unpacked beyond a block waits within isal, without a packed byte left.
            if ended:
                self.torn = f"the gzip stream is cut off after {self.bytes_done} bytes"
                # The very last byte comes only where there is little more to unpack.
                return self._unpacked(self.bytes_done - self._member - _SMALL_STEP)[1]
        return b""

    def _salvaged(self) -> bytes:
        """Unpack the member once more up to the damage, for what a step gives before it meets some is lost with it."""
        return self._unpacked(self._unpacked(sys.maxsize)[0])[1]

    def _unpacked(self, sound: int) -> tuple[int, bytes]:
        """Unpack the member in small steps, and from so many ``sound`` packed bytes on byte by byte.

        Gives how many packed bytes came before damage, and what they unpack to beyond what was given.
        """
        unzip: Any = isal_zlib.decompressobj(wbits=31)
        self._file.seek(self._member)
        done, size, rest = 0, 0, b""
        with suppress(_DAMAGED):
            while piece := self._file.read(_SMALL_STEP if done < sound else 1):
                block = unzip.decompress(piece)
                done += len(piece)
                size += len(block)
                rest += block[max(0, len(block) - max(0, size - self._given)) :]
        return done, rest


def sniff(path: Path) -> bool:
    """Whether a file of unknown name may hold JSON: by its first bytes, or the names of what is packed in it."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(GZIP) or head.removeprefix(BOM).lstrip()[:1] in (b"{", b"["):
        return True
    return holds_history(path, head)
