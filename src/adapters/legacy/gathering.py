"""Many files of one record each, taken apart as one block."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import xxhash

from ...application.ports.source_reader import Gathered, ReadOptions, SourceFile
from .columns import Columns
from .decoding.decoder import Decoder, Parsed
from .fields import Fields
from .names import ticker

#: What ``recognise`` calls a file of a single record.
_FORM = "object"
_SPACE = b" \t\r\n"


def gather(files: Sequence[SourceFile], options: ReadOptions, decoder: Decoder, piece: int) -> Gathered | None:
    """Read files of one usual, good record each; None unless all are that, and as they were when they were found.

    ``piece`` is how many bytes are parsed at a time.

    Raises:
        OSError: the system refuses one of the files.
    """
    hints = {file.hint for file in files}
    fallback = options.fallback(files[0].hint)
    if len(hints) > 1 or not fallback.category:
        return None
    contents, digests = [], []
    for file in files:
        data = _unchanged(file)
        content = data.strip(_SPACE)
        if not _is_flat(content):
            return None
        contents.append(content)
        digests.append(xxhash.xxh3_128_hexdigest(data))
    parsed = _taken_apart(contents, decoder, piece)
    if parsed is None or not all(map(_as_named, files, parsed)):
        return None
    columns = Columns(Fields.of(parsed), np.zeros(len(files), np.int64), options.now)
    if not columns.good.all():
        return None
    batch, left_out = columns.batch(columns.good, fallback, options.feeds)
    return None if batch is None or left_out else Gathered(replace(batch, form=_FORM), tuple(digests))


def _unchanged(file: SourceFile) -> bytes:
    """Give what a file holds; nothing if it is not the one any more that was found."""
    with file.path.open("rb", buffering=0) as opened:
        data = opened.read(file.size + 1)
        facts = os.fstat(opened.fileno())
    same = len(data) == file.size == facts.st_size and file.mtime_ns == facts.st_mtime_ns
    return data if same else b""


def _is_flat(content: bytes) -> bool:
    """Whether all braces of a text are one pair around it.

    So many of these texts that are so many JSON objects, with commas between them, are an object each: every object
    needs a brace of its own to begin with, and one to end.
    """
    return content[:1] == b"{" and content[-1:] == b"}" and content.count(b"{") == content.count(b"}") == 1


def _taken_apart(contents: list[bytes], decoder: Decoder, piece: int) -> list[Parsed] | None:
    """Take records apart; None unless each content is one, proven regular, and has no list of its own.

    A list might be one of records, which would make the file a container.
    """
    found: list[Parsed] = []
    for some in _pieces(contents, piece):
        decoded = decoder.decode(b",".join(some))
        if decoded is None or not decoded.regular or len(decoded.records) != len(some):
            return None
        found += [parsed for parsed in decoded.records if parsed is not None and "[" not in (parsed.extra or "")]
    return found if len(found) == len(contents) else None


def _pieces(contents: list[bytes], size: int) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    left = size
    for content in contents:
        if some and len(content) > left:
            yield some
            some, left = [], size
        some.append(content)
        left -= len(content)
    yield some


def _as_named(file: SourceFile, parsed: Parsed) -> bool:
    """Whether a file's name says no other ticker than its record."""
    return ticker(file.path) in (None, parsed.row[parsed.layout.names.index("ticker")])
