"""What is really there of a file of a part."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...application.ports.strike_source import PieceFacts
from ..disk.files import digest
from ..disk.refusals import refusals


def look_at(path: Path, place: str, size: int, checksum: str, *, checksums: bool) -> PieceFacts:
    """Look at a file that was written with so many bytes and a checksum ("" for none); ``place`` names it for people.

    The checksum is taken with ``checksums``, the rows are counted if all else is right: pyarrow may end the process
    over a footer that is damaged.
    """
    facts = PieceFacts(place)
    try:
        with refusals(path, reading=True):
            facts = facts._replace(size=path.stat().st_size)
            if checksums:
                facts = facts._replace(digest=digest(path))
            if facts.size != size or (facts.digest and checksum and facts.digest != checksum):
                return facts
            # By its path pyarrow might take it for more than a file, and its name for UTF-8 in any locale.
            with pa.OSFile(os.fsencode(path)) as file:
                return facts._replace(rows=pq.read_metadata(file).num_rows)
    except FileNotFoundError:
        return facts._replace(there=False)
    except (OSError, pa.ArrowException) as error:
        return facts._replace(problem=str(error).splitlines()[0])
