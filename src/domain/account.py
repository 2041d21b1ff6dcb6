"""The account: whether every record and every row of a lake is where it should be."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from .disagreements import Disagreement, Off
from .feed import Feed
from .runs import Counts, FileStatus


class FileLine(BaseModel):
    """One reading of a source file: its ``counts`` in the lineage, and how many of its snapshots are ``stored``."""

    model_config = ConfigDict(frozen=True)

    file_id: int
    source_file: str
    status: FileStatus
    counts: Counts
    stored: int


class DayLine(BaseModel):
    """The account of one feed and day.

    Snapshots in the database, those of them whose reading the lineage knows, and those in the Parquet files; ladder
    rows that the snapshots claim, and those in the Parquet files.
    """

    model_config = ConfigDict(frozen=True)

    feed: Feed
    date: date
    parts: int
    snapshots: int
    in_lineage: int
    in_parquet: int
    strikes: int
    strikes_in_parquet: int
    flagged: int

    @property
    def agrees(self) -> bool:
        """Whether all stores say the same."""
        return self.snapshots == self.in_lineage == self.in_parquet and self.strikes == self.strikes_in_parquet


class RejectTotal(BaseModel):
    """How many rejects wait, how many of these lost a conflict, how many a later run took in or dismissed."""

    model_config = ConfigDict(frozen=True)

    pending: int = 0
    conflicts: int = 0
    replayed: int = 0
    dismissed: int = 0


class Account(BaseModel):
    """The account of a lake, or what comparing it with its sources adds to it.

    ``bytes`` is the size of all parts; ``checksums`` says whether these were read to their ends for their checksums.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[FileLine, ...] = ()
    days: tuple[DayLine, ...] = ()
    parts: int = 0
    bytes: int = 0
    checksums: bool = False
    rejects: RejectTotal = RejectTotal()
    disagreements: tuple[Disagreement, ...] = ()
    #: What was read again of the sources, if they were compared: files and records.
    compared_files: int = 0
    compared_records: int = 0

    def __add__(self, compared: Account) -> Account:
        """Take in what a comparison with the sources found."""
        return self.model_copy(
            update={
                "disagreements": self.disagreements + compared.disagreements,
                "compared_files": self.compared_files + compared.compared_files,
                "compared_records": self.compared_records + compared.compared_records,
            }
        )

    def without(self, kind: Off) -> Account:
        """Leave out what is off in one way."""
        left = tuple(one for one in self.disagreements if one.kind is not kind)
        return self.model_copy(update={"disagreements": left})

    @property
    def holds(self) -> bool:
        """Whether everything is accounted for."""
        return not self.disagreements

    @property
    def empty(self) -> bool:
        """Whether there is nothing to account for: no file was ever read into the lake."""
        return not self.files

    @property
    def failed_files(self) -> int:
        """Of how many source files the last reading failed: nothing of them is in the lake from it."""
        last = {line.source_file: line.status for line in sorted(self.files, key=lambda line: line.file_id)}
        return sum(status is FileStatus.FAILED for status in last.values())

    @property
    def counts(self) -> Counts:
        """What became of the records of all readings."""
        return sum((line.counts for line in self.files), Counts())

    @property
    def snapshots(self) -> int:
        """How many snapshots the database holds."""
        return sum(day.snapshots for day in self.days)

    @property
    def strikes(self) -> int:
        """How many ladder rows these claim."""
        return sum(day.strikes for day in self.days)
