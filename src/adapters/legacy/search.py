"""Looking a file through for gamma exposure, before it is refused as one of another feed."""

from __future__ import annotations

from pathlib import Path

from ...domain.envelope import GEX_MARKS, is_gex, unwrap
from ...domain.errors import SourceUnreadable
from ...domain.feed import FeedName
from ...domain.judge import parse_json
from ...domain.rejects import RuleBroken
from .cutting.blocks import BlockCutter
from .cutting.forms import recognise
from .cutting.stream import SourceStream
from .decoding.decoder import NO_NAME

_MARKS = tuple(f'"{mark}"'.encode() for mark in GEX_MARKS)
_LONGEST = max(map(len, _MARKS))


def find_gex(path: Path) -> FeedName | None:
    """Give what the first record of gamma exposure says of its feed; None if the file holds nothing of it.

    The bytes are searched first, which takes hardly longer than to read them: most such files are of another feed.

    Raises:
        SourceUnreadable: there is some, but not where a record has it.
    """
    if not _mentioned(path):
        return None
    told = unknown = False
    with SourceStream(path) as stream:
        cutter = BlockCutter(stream, recognise(stream))
        for block in cutter:
            for segment in cutter.split(block):
                if not _marked(segment.raw):
                    continue
                told = True
                try:
                    record, _, name, skip = unwrap(parse_json(segment.raw))
                except RuleBroken:
                    unknown = True
                    continue
                if not skip and is_gex(record):
                    return name
                unknown = unknown or not skip
    if unknown:
        raise SourceUnreadable(
            "holds gamma exposure, but in a form that is not known; write its snapshots as one list, or each on a line "
            "of its own, and import it again"
        )
    # What is not told by a record stands in the last one, which breaks off.
    return None if told or not cutter.torn else NO_NAME


def _mentioned(path: Path) -> bool:
    end = b""
    with SourceStream(path) as stream:
        while block := stream.read():
            data = end + block
            if _marked(data):
                return True
            end = data[-_LONGEST:]
    return False


def _marked(data: bytes) -> bool:
    return any(mark in data for mark in _MARKS)
