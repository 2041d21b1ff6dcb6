"""What a worker is given to stage, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass, field

from ....domain.feed import Feed
from ....domain.parts import Part
from ....domain.runs import Counts, FileStatus, OnConflict
from ...ports.source_reader import ReadOptions, SourceFile, SourceReader
from ...ports.strike_sink import StrikeSink
from ...ports.strike_source import StrikeSource
from ..stored.snapshot_loader import Place


@dataclass(frozen=True, slots=True)
class StageJob:
    """What a worker is to do: read some files, in order, into parts of one unit.

    With a ``spare_core`` it encodes what it has read while it reads on.
    """

    unit: str
    files: tuple[tuple[int, SourceFile], ...]
    reader: SourceReader
    sink: StrikeSink
    ladders: StrikeSource
    options: ReadOptions
    on_conflict: OnConflict
    spare_core: bool = False


@dataclass(slots=True)
class StagedFile:
    """What a worker found in one file. ``counts`` knows of repeats within the unit, not of those in the lake."""

    file_id: int
    file: SourceFile
    status: FileStatus = FileStatus.IMPORTED
    form: str = ""
    feeds: set[Feed] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)
    errors: list[str] = field(default_factory=list)
    bytes_read: int = 0
    digest: str = ""
    seconds: float = 0.0
    #: Whether the system failed before the end was reached: then nothing about the file counts as known.
    cut_short: bool = False


@dataclass(slots=True)
class StagedUnit:
    """What a worker hands back: small, for the rows wait in staging.

    ``lost`` are the snapshots that lost a conflict within the unit, by the name of the part that they are not in.
    """

    unit: str
    files: list[StagedFile]
    parts: list[Part]
    lost: dict[str, list[Place]] = field(default_factory=dict)
