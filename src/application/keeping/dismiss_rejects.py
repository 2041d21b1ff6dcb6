"""The use case of saying that rejects are rightly out: they wait no more, and stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ...domain.rejects import DISMISSAL
from ...domain.runs import ImportRun, RunStatus
from ..importing.clearing.settling import settled_after_failure
from ..importing.run_ledger import new_import_id
from ..ports.clock import Clock
from ..ports.lineage_store import LineageStore, StoredReject
from ..ports.unit_of_work import Lake


@dataclass(frozen=True, slots=True)
class ChosenRejects:
    """Rejects by their numbers, or else by reason, part of the path and run; by nothing of these, all."""

    reject_ids: tuple[int, ...] = ()
    reason: str | None = None
    path: str | None = None
    import_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Which rejects were dismissed, or wait again, and how many for each reason; ``import_id`` names the run.

    None where nothing was written: as a rehearsal, or because there were none.
    """

    import_id: str | None
    reject_ids: tuple[int, ...]
    reasons: dict[str, int]


class DismissRejects:
    """Settles pending rejects by decision, in one commit that is a run of its own; ``undo`` has them wait again."""

    def __init__(self, lake: Lake, clock: Clock) -> None:
        self._lake, self._clock = lake, clock

    def run(self, chosen: ChosenRejects, *, undo: bool = False, dry_run: bool = False) -> Dismissal:
        """Dismiss those of the chosen rejects that wait; with ``undo``, have those wait again that are dismissed.

        Args:
            chosen: which; for ``undo`` the run may also be the one that dismissed them.
            undo: whether to take dismissals back.
            dry_run: only say what would be done.

        Raises:
            DiskFull: there is no room; nothing was changed.
        """
        found = {
            stored.reject_id: stored.reject.reason.value for stored in _chosen(self._lake.lineage, chosen, undo=undo)
        }
        import_id = None
        if found and not dry_run:
            import_id = self._commit(sorted(found), undo=undo)
        return Dismissal(import_id, tuple(found), dict(Counter(found.values()).most_common()))

    def _commit(self, reject_ids: list[int], *, undo: bool) -> str:
        now = self._clock.now()
        run = ImportRun(
            import_id=("" if undo else DISMISSAL) + new_import_id(now),
            source="rejects",
            status=RunStatus.SUCCESS,
            started_at=now,
            finished_at=now,
            options={"reopened" if undo else "dismissed": reject_ids},
        )
        with settled_after_failure(self._lake), self._lake.unit() as work:
            work.lineage.mark_replayed(set(reject_ids), None if undo else run.import_id)
            work.lineage.save_run(run)
            work.commit()
        return run.import_id


def fits(stored: StoredReject, *, undo: bool) -> bool:
    """Whether a reject can be dismissed, because it waits, or can wait again, because it is dismissed."""
    return stored.dismissed if undo else stored.replayed_in is None


def _chosen(lineage: LineageStore, chosen: ChosenRejects, *, undo: bool) -> Iterator[StoredReject]:
    wanted: Iterator[StoredReject | None]
    if chosen.reject_ids:
        wanted = map(lineage.reject, dict.fromkeys(chosen.reject_ids))
    else:
        run = None if undo else chosen.import_id
        wanted = lineage.rejects(reason=chosen.reason, path=chosen.path, import_id=run, pending=not undo)
    for stored in wanted:
        if stored is None or not fits(stored, undo=undo):
            continue
        if not undo or chosen.import_id in (None, stored.import_id, stored.replayed_in):
            yield stored
