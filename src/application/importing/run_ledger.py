"""The ledger of a run: what became of files and records, and what to call the outcome."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from ...domain.errors import AccountWrong
from ...domain.feed import Feed
from ...domain.runs import Counts, DayTotal, FileStatus, FileTally, ImportRun, RunStatus
from .committing.commit_unit import Committed
from .planning.plan import Plan


def new_import_id(started: datetime) -> str:
    """Name a run: the second in which it began, and six digits that no other one has."""
    return f"{started:%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"


class RunLedger:
    """Adds up what the units of one run brought."""

    def __init__(self, first: ImportRun, max_error_rate: float) -> None:
        self._first, self._max_error_rate = first, max_error_rate
        self.counts = Counts()
        self.errors: list[str] = []
        self._bytes = 0
        self._statuses: dict[FileStatus, int] = dict.fromkeys(FileStatus, 0)
        self._days: dict[tuple[Feed, date], DayTotal] = {}
        self._feeds: set[str] = set()
        self._plan = Plan()

    def take(self, plan: Plan) -> None:
        """Note what was found, and which of it is known already."""
        self._plan = plan
        self._statuses[FileStatus.UNCHANGED] = len(plan.unchanged) + len(plan.moved)
        self._statuses[FileStatus.UNSUPPORTED] = len(plan.unsupported)

    def note(self, name: str, value: object) -> None:
        """Note with the run's options what they led to."""
        self._first = self._first.model_copy(update={"options": {**self._first.options, name: value}})

    def add(self, committed: Committed) -> list[str]:
        """Add what a unit brought; give its files' errors."""
        errors = []
        for record in committed.files:
            self.counts += record.counts
            self._bytes += record.bytes_read
            self._statuses[record.status] += 1
            self._feeds.update(record.feeds)
            errors += [f"{record.source_file}: {error}" for error in record.errors]
        for day in committed.days:
            before = self._days.get((day.feed, day.date))
            self._days[day.feed, day.date] = _sum(before, day) if before else day
        self.errors += errors
        return errors

    @property
    def files_done(self) -> int:
        """How many files have their status."""
        return sum(self._statuses.values())

    @property
    def feeds(self) -> set[str]:
        """The feeds of what was read, and of what is known of the source."""
        return self._feeds | self._plan.feeds

    @property
    def failed(self) -> int:
        """How many files could not be read, and may hold anything."""
        return self._statuses[FileStatus.FAILED]

    def verdict(self) -> RunStatus:
        """Say how the run went, now that all is done; adds to the errors what made it fall short."""
        failed, partial = self.failed, self._statuses[FileStatus.PARTIAL]
        if not self._plan.found:
            self.errors.append(self._nothing_found())
            return RunStatus.FAILED
        if not self.counts.balanced:
            self.errors.insert(0, str(AccountWrong(self._first.source)))
            return RunStatus.FAILED
        if failed == self._plan.found:
            return RunStatus.FAILED
        if self.counts.skipped and not self.counts.read and not self._first.options.get("feeds"):
            self.errors.append(
                f"all {self.counts.skipped:,} records that were read are left out: their envelopes say that they are "
                "no snapshots; name a folder or file that holds snapshots"
            )
        rate = self.counts.error_rate
        too_many = rate > self._max_error_rate
        if too_many:
            wrong = self.counts.rejected + self.counts.conflicts
            self.errors.append(
                f"{wrong:,} of {self.counts.read:,} records ({rate:.2%}) were rejected or in conflict; "
                f"the limit is {self._max_error_rate:.2%}"
            )
        return RunStatus.PARTIAL if partial or failed or too_many else RunStatus.SUCCESS

    def run(self, status: RunStatus, at: datetime | None = None, seconds: float = 0.0) -> ImportRun:
        """Give the run as it stands; ``at`` is when it ended, if it did."""
        tally = {status.value: number for status, number in self._statuses.items()}
        return self._first.model_copy(
            update={
                "status": status,
                "finished_at": at,
                "files": FileTally(found=self._plan.found, **tally),
                "counts": self.counts,
                "bytes_read": self._bytes,
                "duration_seconds": round(seconds, 3),
                "days": tuple(sorted(self._days.values(), key=lambda day: (day.feed, day.date))),
                "errors": tuple(self.errors),
            }
        )

    def _nothing_found(self) -> str:
        source = self._first.source
        kept = "nothing was taken out, for " if self._first.options.get("clear_existing") else ""
        if self._plan.filtered:
            return f"{kept}none of the {self._plan.filtered} files in {source} passes the filters"
        return f"{kept}{source} holds no file of history; name the folder that the recorders write to"


def _sum(first: DayTotal, second: DayTotal) -> DayTotal:
    added = {name: getattr(first, name) + getattr(second, name) for name in ("snapshots", "strikes", "flagged")}
    return first.model_copy(update=added)
