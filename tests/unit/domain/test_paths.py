"""What a path says about the feed of its records, and where in it."""

from pathlib import Path

import pytest

from gexlake.domain.feed import FeedName
from gexlake.domain.paths import feed_of_path, stem

CLASSIC_ZERO = FeedName("classic", "gex_zero")


def test_the_files_name_wins_over_the_folders():
    """The nearest word counts."""
    assert feed_of_path(Path("state/gex_one/2025-10-06_SPX_classic_gex_zero.json")) == CLASSIC_ZERO
    assert feed_of_path(Path("state/classic/2025-10-06_SPX_gex_zero.json")) == CLASSIC_ZERO


def test_folders_count_only_as_whole_words_and_only_near_the_file():
    """A home folder called state-of-mind is no package, nor is one far above."""
    assert feed_of_path(Path("state-of-mind/2025-10-06_SPX_gex_zero.json")).package is None
    assert feed_of_path(Path("state/a/b/c/d/2025-10-06_SPX_gex_zero.json")).package is None
    assert feed_of_path(Path("classic/a/b/c/2025-10-06_SPX_gex_zero.json")).package == "classic"


def test_endings_are_taken_off_in_any_number_and_case():
    """.json.gz, .JSONL and the like."""
    assert stem(Path("a.b.JSON.gz")) == "a.b"
    assert stem(Path("a.jsonl")) == "a"
    assert stem(Path("a.json.zst")) == "a"
    assert stem(Path("a")) == "a"


@pytest.mark.parametrize(
    ("name", "feed"),
    [
        ("2025-10-06_BRK.B_classic_gex_zero.json", CLASSIC_ZERO),
        ("2025-10-06_BRK.B_classic_zero.jsonl.gz", CLASSIC_ZERO),
        ("2025-10-06_BRK.B_classic_zero.csv", CLASSIC_ZERO),
        ("2025-10-06_BRK.B_classic_zero.csv.gz", CLASSIC_ZERO),
        ("2025-10-06_ONE.TO.json", FeedName()),
        ("BRK.B_classic_zero", CLASSIC_ZERO),
    ],
)
def test_a_dot_of_a_ticker_ends_no_name(name: str, feed: FeedName):
    """The ending of a file does, also one that only a plugin's reader reads."""
    assert feed_of_path(Path(name)) == feed
