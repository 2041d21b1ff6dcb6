"""The behaviour of every lineage store: the rejects that it keeps."""

# ruff: noqa: PLR2004  # expected values are plain numbers

from __future__ import annotations

from datetime import timedelta

from ..application.ports.lineage_store import LineageStore, RejectTally
from ..domain.rejects import DISMISSAL, RejectReason
from .builders import NOON, make_file, make_reject, make_rejects


class KeptRejectsSuite:
    """The half of ``LineageStoreSuite`` that is about rejects; the fixture ``store`` is given there."""

    def test_a_reject_comes_back_word_for_word(self, store: LineageStore) -> None:
        """With its file, run and number; fields that are not known stay open."""
        store.add_file(make_file(4))
        rejects = [
            make_reject(0, raw=bytes(range(256)), timestamp=NOON + timedelta(microseconds=1)),
            make_reject(1, raw=b"", byte_offset=None, ticker=None, timestamp=None, reason=RejectReason.NOT_JSON),
        ]
        store.add_rejects(make_rejects(rejects, file_id=4))
        found = list(store.rejects())
        assert [stored.reject for stored in found] == rejects
        assert {(stored.file_id, stored.source_file, stored.import_id) for stored in found} == {
            (4, "history/4.json", "run-1")
        }
        assert found[0].reject_id < found[1].reject_id
        assert store.reject(found[1].reject_id) == found[1]
        assert store.reject(10**9) is None

    def test_a_reject_that_is_kept_is_not_doubled(self, store: LineageStore) -> None:
        """The same words from the same place of a file that is read again; the place is the record or the byte."""
        for file_id in (1, 2):
            store.add_file(make_file(file_id, source_file="same.json"))
        store.add_file(make_file(3, source_file="other.json"))
        store.add_rejects(make_rejects([make_reject(0), make_reject(1), make_reject(2, byte_offset=None)], file_id=1))
        again = [
            make_reject(0),
            make_reject(9, byte_offset=50, raw=make_reject(1).raw),
            make_reject(2, byte_offset=None),
        ]
        store.add_rejects(make_rejects(again, file_id=2))
        assert len(list(store.rejects())) == 3
        fresh = [
            make_reject(0, raw=b"other words"),
            make_reject(0, reason=RejectReason.CONFLICT),
            make_reject(8, byte_offset=None, raw=make_reject(2).raw),
        ]
        store.add_rejects(make_rejects(fresh, file_id=2))
        store.add_rejects(make_rejects([make_reject(0)], file_id=3))
        assert len(list(store.rejects())) == 7

    def test_a_reject_that_is_kept_stands_for_one_only(self, store: LineageStore) -> None:
        """Found again at its byte, it is not also the one that stands by now at its record with the same words."""
        for file_id in (1, 2):
            store.add_file(make_file(file_id, source_file="same.json"))
        store.add_rejects(make_rejects([make_reject(2, raw=b"{}", byte_offset=200)], file_id=1))
        again = [make_reject(1, raw=b"{}", byte_offset=200), make_reject(2, raw=b"{}", byte_offset=300)]
        store.add_rejects(make_rejects(again, file_id=2))
        kept = [(stored.reject.record, stored.reject.byte_offset) for stored in store.rejects()]
        assert kept == [(2, 200), (2, 300)]
        store.add_rejects(make_rejects(again, file_id=2))
        assert len(list(store.rejects())) == 2

    def test_one_batch_does_not_double_a_reject_either(self, store: LineageStore) -> None:
        """Nor does it lose records that have the same words at other places."""
        store.add_file(make_file(1))
        same = [make_reject(n, raw=b"{}") for n in (0, 1, 1, 2)]
        store.add_rejects(make_rejects(same))
        assert [stored.reject.record for stored in store.rejects()] == [0, 1, 2]

    def test_an_empty_batch_of_rejects_is_nothing(self, store: LineageStore) -> None:
        """No rejects, no change."""
        store.add_rejects(make_rejects([]))
        assert list(store.rejects()) == []

    def test_a_reject_without_its_reading_is_kept(self, store: LineageStore) -> None:
        """The order in which a unit writes is its own affair."""
        store.add_rejects(make_rejects([make_reject(0)], file_id=6))
        assert next(store.rejects()).source_file == ""
        store.add_file(make_file(6))
        assert next(store.rejects()).source_file == "history/6.json"

    def test_rejects_are_found_by_reason_path_and_run(self, store: LineageStore) -> None:
        """In the order of their numbers, with a limit."""
        for file_id in (1, 2):
            store.add_file(make_file(file_id, import_id=f"run-{file_id}"))
            rejects = [make_reject(0), make_reject(1, reason=RejectReason.CONFLICT)]
            store.add_rejects(make_rejects(rejects, file_id=file_id))
        assert [stored.file_id for stored in store.rejects()] == [1, 1, 2, 2]
        assert [stored.file_id for stored in store.rejects(reason="conflict")] == [1, 2]
        assert [stored.reject.record for stored in store.rejects(path="/2.j")] == [0, 1]
        assert [stored.file_id for stored in store.rejects(import_id="run-2", reason="conflict")] == [2]
        assert len(list(store.rejects(limit=3))) == 3

    def test_rejects_are_counted_by_reason(self, store: LineageStore) -> None:
        """Of the same choice as they are found by, the most frequent reason first."""
        conflict = RejectReason.CONFLICT
        for file_id in (1, 2):
            store.add_file(make_file(file_id, import_id=f"run-{file_id}"))
            rejects = [make_reject(0), *(make_reject(n, reason=conflict) for n in range(1, 2 + file_id))]
            store.add_rejects(make_rejects(rejects, file_id=file_id))
        assert list(store.count_rejects().items()) == [("conflict", 5), ("not-positive", 2)]
        assert store.count_rejects(path="/2.j", reason="conflict") == {"conflict": 3}
        store.mark_replayed({1}, "run-9")
        assert store.count_rejects(import_id="run-1", pending=True) == {"conflict": 2}
        assert store.count_rejects(import_id="run-3") == {}

    def test_rejects_go_on_above_a_number(self, store: LineageStore) -> None:
        """Whatever is replayed or added meanwhile."""
        store.add_file(make_file(1))
        store.add_rejects(make_rejects([make_reject(n) for n in range(3)]))
        first, second = store.rejects(limit=2)
        store.mark_replayed({first.reject_id}, "run-9")
        store.add_rejects(make_rejects([make_reject(3, reason=RejectReason.CONFLICT)]))
        assert [stored.reject.record for stored in store.rejects(pending=True, after=second.reject_id)] == [2, 3]
        assert [stored.reject.record for stored in store.rejects(reason="conflict", after=first.reject_id)] == [3]
        assert list(store.rejects(after=10**9)) == []

    def test_a_replayed_reject_is_not_pending(self, store: LineageStore) -> None:
        """It stays, and says which run took it in."""
        store.add_file(make_file(1))
        store.add_rejects(make_rejects([make_reject(n) for n in range(3)]))
        first, second, third = store.rejects()
        store.mark_replayed({first.reject_id, third.reject_id}, "run-9")
        assert list(store.rejects(pending=True)) == [second]
        assert [stored.replayed_in for stored in store.rejects()] == ["run-9", None, "run-9"]

    def test_one_that_was_taken_in_and_loses_again_waits_again(self, store: LineageStore) -> None:
        """One that was dismissed does not, until its dismissal is taken back; one that broke a rule does neither."""
        for file_id in (1, 2):
            store.add_file(make_file(file_id, source_file="same.json"))
        made = [make_reject(n, reason=RejectReason.CONFLICT) for n in range(3)] + [make_reject(3)]
        store.add_rejects(make_rejects(made, file_id=1))
        taken, dismissed, _, broken = (stored.reject_id for stored in store.rejects())
        store.mark_replayed({taken, broken}, "run-9")
        store.mark_replayed({dismissed}, f"{DISMISSAL}9")
        store.add_rejects(make_rejects(made, file_id=2))
        assert [stored.reject.record for stored in store.rejects(pending=True)] == [0, 2]
        assert [(stored.dismissed, stored.taken_in) for stored in store.rejects()] == [
            (False, False),
            (True, False),
            (False, False),
            (False, True),
        ]
        store.mark_replayed({dismissed}, None)
        assert [stored.reject.record for stored in store.rejects(pending=True)] == [0, 1, 2]

    def test_what_says_elsewhere_in_its_file_what_is_dismissed_is_dismissed_with_it(self, store: LineageStore) -> None:
        """For the same reason; other words, other reasons and other files wait, and so does what repeats a replay."""
        for file_id, name in enumerate(("same.json", "same.json", "other.json"), 1):
            store.add_file(make_file(file_id, source_file=name))
        store.add_rejects(make_rejects([make_reject(0, raw=b"x"), make_reject(1, raw=b"y")], file_id=1))
        store.mark_replayed({1}, f"{DISMISSAL}9")
        store.mark_replayed({2}, "run-9")
        again = [
            make_reject(10, raw=b"x"),
            make_reject(11, raw=b"y"),
            make_reject(12, raw=b"z"),
            make_reject(13, raw=b"x", reason=RejectReason.CONFLICT),
            make_reject(14, raw=b"x"),
        ]
        store.add_rejects(make_rejects(again, file_id=2))
        store.add_rejects(make_rejects([make_reject(10, raw=b"x")], file_id=3))
        assert [(stored.file_id, stored.reject.record) for stored in store.rejects(pending=True)] == [
            (2, 11),
            (2, 12),
            (2, 13),
            (3, 10),
        ]
        assert [stored.reject.record for stored in store.rejects() if stored.dismissed] == [0, 10, 14]

        store.mark_replayed({1}, f"{DISMISSAL}a")
        store.add_rejects(make_rejects([make_reject(15, raw=b"x")], file_id=2))
        *_, last = store.rejects()
        assert (last.reject.record, last.replayed_in) == (15, f"{DISMISSAL}a")

    def test_rejects_can_be_put_in_as_they_were(self, store: LineageStore) -> None:
        """With their numbers and marks; the next one gets a number above theirs, and one can wait again."""
        store.add_file(make_file(1))
        store.add_rejects(make_rejects([make_reject(0), make_reject(1)]))
        store.mark_replayed({2}, "run-9")
        before = list(store.rejects())
        store.forget_files({1})
        store.add_file(make_file(1))
        store.restore_rejects([stored._replace(reject_id=stored.reject_id + 4) for stored in before])
        assert list(store.rejects()) == [stored._replace(reject_id=stored.reject_id + 4) for stored in before]
        store.add_rejects(make_rejects([make_reject(1), make_reject(2)]))
        assert [stored.reject_id for stored in store.rejects()] == [5, 6, 7]
        store.mark_replayed({6}, None)
        assert len(list(store.rejects(pending=True))) == 3
        store.restore_rejects([])

    def test_rejects_may_change_while_they_are_read(self, store: LineageStore) -> None:
        """A replay marks them one by one as it goes."""
        store.add_file(make_file(1))
        store.add_rejects(make_rejects([make_reject(n) for n in range(5)]))
        seen = []
        for stored in store.rejects(pending=True):
            seen.append(stored.reject.record)
            store.mark_replayed({stored.reject_id}, "run-9")
        assert seen == [0, 1, 2, 3, 4]

    def test_a_forgotten_reading_takes_its_rejects_along(self, store: LineageStore) -> None:
        """The others stay."""
        for file_id in (1, 2):
            store.add_file(make_file(file_id))
            store.add_rejects(make_rejects([make_reject(0)], file_id=file_id))
        store.forget_files({1})
        assert (store.file(1), list(store.latest_files())) == (None, ["history/2.json"])
        assert [stored.file_id for stored in store.rejects()] == [2]

    def test_rejects_are_tallied_by_reading(self, store: LineageStore) -> None:
        """Broken rules, conflicts, those a run settled, the conflicts that wait, and those that were dismissed."""
        conflict = RejectReason.CONFLICT
        for file_id in (1, 2):
            store.add_file(make_file(file_id))
        store.add_rejects(make_rejects([make_reject(0), make_reject(1), make_reject(2, reason=conflict)], file_id=1))
        store.add_rejects(make_rejects([make_reject(3, reason=conflict)], file_id=2))
        assert store.reject_tallies() == {1: RejectTally(2, 1, 0, 1), 2: RejectTally(0, 1, 0, 1)}
        taken = {stored.reject_id for stored in store.rejects() if stored.reject.record in (0, 3)}
        store.mark_replayed(taken, "run-9")
        assert store.reject_tallies() == {1: RejectTally(2, 1, 1, 1), 2: RejectTally(0, 1, 1, 0)}
        store.mark_replayed(taken, f"{DISMISSAL}9")
        assert store.reject_tallies() == {1: RejectTally(2, 1, 1, 1, 1), 2: RejectTally(0, 1, 1, 0, 1)}
        assert [tally.pending_broken for tally in store.reject_tallies().values()] == [1, 0]
