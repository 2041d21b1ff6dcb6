"""Answering at once or not at all."""

from contextlib import suppress
from threading import Thread

import pytest

from gexlake.application.asking.at_once import WouldWait, at_once, waiting


def test_nobody_waits_in_a_block_that_answers_at_once():
    """Whoever is outside of it may, also after one that ended with an error."""
    waiting()
    with pytest.raises(WouldWait), at_once():
        waiting()
    with suppress(KeyError), at_once():
        raise KeyError
    waiting()


def test_other_threads_may_wait_meanwhile():
    """The block is its own thread's affair."""
    found = []

    def wait() -> None:
        waiting()
        found.append("waited")

    with at_once():
        other = Thread(target=wait)
        other.start()
        other.join()
    assert found == ["waited"]


def test_what_is_at_hand_after_all_need_not_wait():
    """That is looked at only where nobody may wait."""
    looked = []
    waiting(unless=lambda: bool(looked.append("in vain")))
    assert looked == []
    with at_once():
        waiting(unless=lambda: True)
        with pytest.raises(WouldWait):
            waiting(unless=lambda: False)


def test_whoever_would_wait_may_say_what_only_waits():
    """For somebody else to do."""
    done: list[str] = []
    with pytest.raises(WouldWait) as missing, at_once():
        waiting(bring=lambda: done.append("brought"))
    assert done == []
    assert missing.value.bring is not None
    missing.value.bring()
    assert done == ["brought"]
