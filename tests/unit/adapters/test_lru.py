"""The bounded memory that adapters share."""

from gexlake.adapters.lru import Lru


def test_what_was_used_least_recently_goes_first():
    """Once the bytes are more than the bound."""
    kept: Lru[str, int] = Lru(10)
    for name in "abc":
        kept.put(name, ord(name), 4)
        kept.get("a")
    assert [kept.get(name) for name in "abc"] == [97, None, 99]
    assert kept.held == 8


def test_what_is_put_again_counts_once():
    """With its latest size; what is taken out counts for nothing."""
    kept: Lru[str, int] = Lru(10)
    kept.put("a", 1, 9)
    kept.put("a", 2, 3)
    assert (kept.get("a"), kept.held, kept.size("a"), len(kept)) == (2, 3, 3, 1)
    assert (kept.pop("a"), kept.pop("a"), kept.held, kept.size("a")) == (2, None, 0, 0)


def test_a_value_beyond_the_bound_is_not_kept():
    """It pushes nothing out but what it takes the place of. Nor is kept what a smaller bound has no room for."""
    gone: list[str] = []
    kept: Lru[str, int] = Lru(10, dropped=gone.append)
    kept.put("b", 2, 10)
    kept.put("a", 1, 11)
    assert (kept.get("a"), kept.get("b"), kept.held, gone) == (None, 2, 10, ["a"])
    kept.put("b", 2, 11)
    assert (kept.get("b"), kept.held, gone) == (None, 0, ["a", "b", "b"])
    kept.put("b", 2, 10)
    kept.resize(9)
    assert (kept.get("b"), kept.held) == (None, 0)


def test_whoever_wants_to_hears_what_was_let_go_of():
    """Pushed out, taken out or put again: its key."""
    gone: list[str] = []
    kept: Lru[str, int] = Lru(10, dropped=gone.append)
    for name in "abb":
        kept.put(name, 1, 6)
    kept.pop("b")
    kept.pop("b")
    assert gone == ["a", "b", "b"]
