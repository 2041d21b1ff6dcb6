"""The use case that makes a lake's index anew, of its journal and its parts."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.account import Account
from ...domain.errors import GexlakeError
from ..ports.clock import Clock
from ..ports.journal import Journal
from ..ports.lake_index import LakeIndex
from ..ports.limits import ALL
from ..proving.inspect_parts import LookedAt, inspect_parts, part_off, snapshots_off
from ..proving.replay_journal import journal_off, put_parts, replay
from ..proving.verify_lake import VerifyLake


class NothingToRebuildOf(GexlakeError):
    """The journal does not hold what an index could be made of."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Nothing was changed: {why}. Bring a backup of the database back, or import the sources into a new lake."
        )


class JournalIncomplete(GexlakeError):
    """The journal has gaps, and the present index knows what stood in them."""

    def __init__(self, entries: int) -> None:
        self.entries = entries
        super().__init__(
            f"Nothing was changed: {entries:,} entries of the journal are missing or damaged, and the present database "
            "knows more than it. 'gexlake repair' writes the journal anew from the database."
        )


class PartsDamaged(GexlakeError):
    """Parts are damaged, and the present index has what they held."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        super().__init__(
            f"Nothing was changed: parts are damaged ({parts:,}), and the present database has their snapshots. "
            "'gexlake verify' names them, 'gexlake repair' mends them or sets them aside."
        )


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it: the account of the lake with its new index, and where the old one was put aside."""

    account: Account
    runs: int
    put_aside: str | None


class RebuildLake:
    """Makes the index of a lake anew, equal to the one that was lost."""

    def __init__(self, index: LakeIndex, journal: Journal, clock: Clock) -> None:
        self._index, self._journal, self._clock = index, journal, clock

    def run(self) -> Rebuilt:
        """Make it beside the present one, prove it, and put it in place; the present one is put aside.

        What cannot be proven, because parts or entries of the journal are damaged, is named in the account.

        Raises:
            LakeBusy: another process has the lake.
            NothingToRebuildOf, JournalIncomplete, PartsDamaged: as their names say.
            DiskFull: there is no room for a second one; the present one is as it was.
        """
        sound = self._index.settle()
        with self._index.held():
            numbers = self._journal.numbers()
            if not numbers:
                raise NothingToRebuildOf("the lake has no journal")
            gaps = journal_off(self._journal, numbers[-1])
            if gaps and sound:
                raise JournalIncomplete(len(gaps))
            draft = self._index.draft()
            try:
                parts, dropped = replay(self._journal, draft)
                draft.sink.publish(parts)  # committed, as the journal knows them, but perhaps not in their place yet
                looked_at = inspect_parts(draft, parts, checksums=True)
                if sound:
                    _refuse_damaged(looked_at)
                put_parts(draft, parts, {part.key.name for part, facts in looked_at if snapshots_off(part, facts)})
                draft.settle()
                account = VerifyLake(draft).run(looked_at=looked_at)
                runs = len(draft.lineage.runs(ALL))
            except BaseException:
                self._index.throw_away(draft)
                raise
            for number in self._journal.staged():  # of a commit that was not done, or died with the lost index
                self._journal.discard(number)
            aside = self._index.put_in_place(draft, numbers[-1], self._clock.now())
            for part in dropped:  # a kill may have left their files
                draft.sink.retire(part)
        return Rebuilt(account.model_copy(update={"disagreements": (*gaps, *account.disagreements)}), runs, aside)


def _refuse_damaged(looked_at: LookedAt) -> None:
    """Raise if parts are damaged: an index that has what they held is worth more than one that has not."""
    if number := sum(any(part_off(*one)) for one in looked_at):
        raise PartsDamaged(number)
