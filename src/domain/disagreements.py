"""Disagreements: the ways in which a lake can be off, each with its sentence and its cure."""

from __future__ import annotations

import shlex
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Off(StrEnum):
    """The ways in which things can disagree. The first word says with what: a file, a day, a part, the sources."""

    FILE_UNBALANCED = "file-unbalanced"
    FILE_SNAPSHOTS = "file-snapshots"
    FILE_STRIKES = "file-strikes"
    FILE_FLAGGED = "file-flagged"
    FILE_REJECTS = "file-rejects"
    FILE_UNKNOWN = "file-unknown"
    REJECTS_UNKNOWN = "rejects-unknown"
    DAY_DOUBLED = "day-doubled"
    PART_UNLISTED = "part-unlisted"
    PART_SNAPSHOTS = "part-snapshots"
    PART_STRIKES = "part-strikes"
    PART_MISSING = "part-missing"
    PART_SIZE = "part-size"
    PART_UNREADABLE = "part-unreadable"
    PART_CHECKSUM = "part-checksum"
    PART_ROWS = "part-rows"
    PART_STRAY = "part-stray"
    PART_VALUES = "part-values"
    STAGING_LEFT = "staging-left"
    JOURNAL_ENTRY = "journal-entry"
    STORE_VALUES = "store-values"
    SOURCE_NEW = "source-new"
    SOURCE_CHANGED = "source-changed"
    SOURCE_DUE = "source-due"
    SOURCE_FAILED = "source-failed"
    SOURCE_RECORDS = "source-records"
    SOURCE_UNREADABLE = "source-unreadable"
    RECORD_LOST = "record-lost"
    RECORD_DIFFERS = "record-differs"
    REJECT_LOST = "reject-lost"
    SNAPSHOT_FOREIGN = "snapshot-foreign"


_COMMAND = ": gexlake "
_REBUILD = "Make the database anew from the Parquet files: gexlake rebuild"
_REPAIR = "Have it mended, or set aside and be told which sources to import again: gexlake repair"
_REPAIR_FIRST = "Have the damaged parts mended or set aside first, and verify again: gexlake repair"
_SOURCES = "Import its source files anew with --clear-existing; 'gexlake coverage --json' names them"
_AGAIN = "Take out what the file gave, and import it anew: gexlake import {quoted}{options} --clear-existing"
_IMPORT = "Import it: gexlake import {quoted}{options}"
_MEND = "Take it away, or mend it or fetch it again and import it: gexlake import {quoted}{options}"

#: For each kind what is the matter and what cures it; ``Disagreement`` fills the facts in.
_TOLD: dict[Off, tuple[str, str]] = {
    Off.FILE_UNBALANCED: (
        "{where}: the lineage says that {claimed:,} records were read of it, but accounts for {found:,}",
        _AGAIN,
    ),
    Off.FILE_SNAPSHOTS: (
        "{where}: the lineage says that {claimed:,} of its snapshots went in, but the database holds {found:,}",
        _REBUILD,
    ),
    Off.FILE_STRIKES: (
        "{where}: the lineage says that its ladders have {claimed:,} rows, but its snapshots say {found:,}",
        _REBUILD,
    ),
    Off.FILE_FLAGGED: (
        "{where}: the lineage says that {claimed:,} of its ladders are flagged, but the database holds {found:,}",
        _REBUILD,
    ),
    Off.FILE_REJECTS: (
        (
            "{where}: the lineage says that {claimed:,} of its records were rejected or in conflict, "
            "but {found:,} are kept"
        ),
        _AGAIN,
    ),
    Off.FILE_UNKNOWN: (
        "{found:,} snapshots in the database come from reading {where}, of which the lineage knows nothing",
        _REBUILD,
    ),
    Off.REJECTS_UNKNOWN: (
        "{found:,} rejects come from reading {where}, of which the lineage knows nothing",
        _REBUILD,
    ),
    Off.DAY_DOUBLED: (
        "{where}: {found:,} snapshots stand in the database beside another one of the same moment",
        _SOURCES,
    ),
    Off.PART_UNLISTED: (
        "{found:,} snapshots in the database belong to the part {where}, which its list of parts does not name",
        _REBUILD,
    ),
    Off.PART_SNAPSHOTS: (
        "{where}: the part was made with {claimed:,} snapshots, but the database holds {found:,} of them",
        _REBUILD,
    ),
    Off.PART_STRIKES: (
        "{where}: the part was made with {claimed:,} ladder rows, but its snapshots in the database say {found:,}",
        _REBUILD,
    ),
    Off.PART_MISSING: ("{where} is not there", _REPAIR),
    Off.PART_SIZE: ("{where} was written with {claimed:,} bytes and has {found:,}", _REPAIR),
    Off.PART_UNREADABLE: ("{where} cannot be read ({detail})", _REPAIR),
    Off.PART_CHECKSUM: ("{where} has another checksum than it was written with", _REPAIR),
    Off.PART_ROWS: ("{where} was written with {claimed:,} rows and has {found:,}", _REPAIR),
    Off.PART_STRAY: ("{where} lies among the parts, but no run has put it there", _REPAIR),
    Off.PART_VALUES: (
        "{where}: {found:,} snapshots in the Parquet files are not what was imported; the first is of {detail}",
        _SOURCES,
    ),
    Off.STAGING_LEFT: (
        "{where} is left in staging: work that nobody has finished",
        "Have it settled: gexlake repair",
    ),
    Off.JOURNAL_ENTRY: (
        "{where}: an entry of the journal, of which the database could be made anew, is off: {detail}",
        "Have the journal written anew from the database: gexlake repair",
    ),
    Off.STORE_VALUES: (
        "{where}: {found:,} snapshots in the database are not what the Parquet files say; the first is of {detail}",
        _REBUILD,
    ),
    Off.SOURCE_NEW: ("{where} has never been imported", _IMPORT),
    Off.SOURCE_CHANGED: ("{where} has changed since it was imported", _IMPORT),
    Off.SOURCE_DUE: (
        "{where} is to be read again: it was cut short, or something that it repeats was taken out of the lake",
        _IMPORT,
    ),
    Off.SOURCE_RECORDS: (
        "{where}: the lineage says that {claimed:,} records were read of it, but it holds {found:,}",
        _AGAIN,
    ),
    Off.SOURCE_FAILED: ("{where} could not be imported: {detail}", _MEND),
    Off.SOURCE_UNREADABLE: (
        "{where} cannot be read any more: {detail}",
        "Mend that, and verify again; what was imported of it is in the lake",
    ),
    Off.RECORD_LOST: (
        "{where}: {found:,} of its records are nowhere in the lake; the first is {detail}",
        "Read it once more: gexlake import {quoted}{options} --force",
    ),
    Off.RECORD_DIFFERS: (
        "{where}: {found:,} of its records say something else than the lake; the first is {detail}",
        _AGAIN,
    ),
    Off.REJECT_LOST: (
        "{where}: {found:,} of its records break a rule and are not among the rejects; the first is {detail}",
        "Read it once more: gexlake import {quoted}{options} --force",
    ),
    Off.SNAPSHOT_FOREIGN: (
        (
            "{where}: {found:,} snapshots of the lake are said to come from it, but it does not hold them; "
            "the first is of {detail}"
        ),
        _AGAIN,
    ),
}


class Disagreement(BaseModel):
    """One thing that is off: of which kind, with what, what was claimed of it and what was found."""

    model_config = ConfigDict(frozen=True)

    kind: Off
    where: str
    claimed: int = 0
    found: int = 0
    detail: str = ""
    #: Whether damaged parts are a reason for it: nothing can be made anew of them.
    behind_damage: bool = False
    #: What follows the path in the command of the cure, so that the file is imported as it was.
    options: str = ""

    @property
    def sentence(self) -> str:
        """What is the matter, without a full stop."""
        return _TOLD[self.kind][0].format(**self._facts())

    @property
    def cure(self) -> str:
        """What to do about it, without a full stop; mostly it ends with a command."""
        return self._cure().format(**self._facts())

    @property
    def command(self) -> str:
        """The command that the cure ends with, without ``gexlake``; "" if there is none."""
        return self._cure().partition(_COMMAND)[2].format(**self._facts())

    def _cure(self) -> str:
        cure = _TOLD[self.kind][1]
        return _REPAIR_FIRST if self.behind_damage and cure is _REBUILD else cure

    def _facts(self) -> dict[str, object]:
        return {**self.model_dump(exclude={"kind"}), "quoted": shlex.quote(self.where)}
