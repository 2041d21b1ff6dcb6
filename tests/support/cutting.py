"""Cutting the bytes of a file into records, without looking at what the records say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from gexlake.adapters.legacy.cutting.blocks import Block, BlockCutter
from gexlake.adapters.legacy.cutting.forms import recognise
from gexlake.adapters.legacy.cutting.stream import SourceStream


class Pieces(NamedTuple):
    """What was found: records' words, the words of what is none, the form, and where it breaks off.

    ``raws`` are the words of both in the order of the file, ``offsets`` where they lie.
    """

    records: list[bytes]
    damage: list[bytes]
    raws: list[bytes]
    offsets: list[int]
    form: str
    torn: str


def cut_exactly(path: Path, block: int) -> Pieces:
    """Cut a file with the exact splitter only."""
    with SourceStream(path, block) as stream:
        cutter = BlockCutter(stream, recognise(stream))
        segments = [segment for part in cutter for segment in cutter.split(part)]
    whole = [segment.raw for segment in segments if segment.whole]
    damage = [segment.raw for segment in segments if not segment.whole]
    raws, offsets = [segment.raw for segment in segments], [segment.offset for segment in segments]
    return Pieces(whole, damage, raws, offsets, cutter.form.name, cutter.torn)


def cut_quickly(path: Path, block: int) -> list[Any]:
    """Cut a file at borders where parsing proves a block, exactly where not; give the parsed records."""
    found: list[Any] = []
    with SourceStream(path, block) as stream:
        cutter = BlockCutter(stream, recognise(stream))
        for part in cutter:
            proven = _parsed(cutter, part)
            if proven is None:
                found += [json.loads(segment.raw) for segment in cutter.split(part)]
            else:
                cutter.accept(part)
                found += proven
    return found


def _parsed(cutter: BlockCutter, block: Block) -> list[Any] | None:
    if not (records := block.data[cutter.records_only(block)]):
        return None
    try:
        return json.loads(b"[" + (records.replace(b"\n", b",") if cutter.form.lines else records) + b"]")
    except ValueError:
        return None
