"""What texts say about the feed, and which text wins."""

import pytest

from gexlake.domain.feed import Feed, FeedName, parse_endpoint, parse_feed_name

CLASSIC_ZERO = FeedName("classic", "gex_zero")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2025-10-06_NQ_NDX_classic_gex_zero", CLASSIC_ZERO),
        ("classic_gex_zero", CLASSIC_ZERO),
        ("classic/gex_zero", CLASSIC_ZERO),
        ("/NQ_NDX/Classic/GEX_Zero", CLASSIC_ZERO),
        ("gex_one", FeedName(None, "gex_one")),
        ("state_gex_full", FeedName("state", "gex_full")),
        ("NQ_NDX_gex_zero_20251003_143000", FeedName(None, "gex_zero")),
        ("classic_zero", CLASSIC_ZERO),
        ("NQ_NDX_state_full", FeedName("state", "gex_full")),
        ("zero", FeedName(None, "gex_zero")),
        ("NQ_NDX_zero_20251003_143000", FeedName(None, "gex_zero")),
        ("one_AAPL", FeedName()),
        ("one_AAPL_20251003_143000", FeedName()),
        ("estate_gex_zeros", FeedName()),
        ("orderflow", FeedName(None, None, "orderflow")),
        ("2025-10-13_SPX_orderflow_orderflow", FeedName(None, None, "orderflow")),
        ("state_delta_zero", FeedName("state", None, "delta_zero")),
        ("gamma_one", FeedName(None, None, "gamma_one")),
        ("", FeedName()),
        ("bridge", FeedName()),
    ],
)
def test_package_and_category_of_a_text(text: str, name: FeedName):
    """Names are read as whole words, wherever they stand; the older categories only at the end."""
    assert parse_feed_name(text) == name


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("/NQ_NDX/classic/zero", CLASSIC_ZERO),
        ("/NQ_NDX/classic/zero/", CLASSIC_ZERO),
        ("/NQ_NDX/classic/zero ", CLASSIC_ZERO),
        ("https://api.gexbot.com/NQ_NDX/classic/zero?key=abc", CLASSIC_ZERO),
        ("https://api.gexbot.com/NQ_NDX/classic/zero/?key=gex_full", CLASSIC_ZERO),
        ("https://hist.gexbot.com/NQ_NDX/classic/zero/2025-10-06?key=one", CLASSIC_ZERO),
        ("/state/zero?x=1", FeedName("state", "gex_zero")),
        ("/NQ_NDX/classic?category=gex_zero", CLASSIC_ZERO),
        ("classic_gex_zero", CLASSIC_ZERO),
        ("/NQ_NDX/state/delta_zero?key=abc", FeedName("state", None, "delta_zero")),
        ("/ONE/classic/majors", FeedName("classic")),
        ("?", FeedName()),
    ],
)
def test_package_and_category_of_an_endpoint(endpoint: str, name: FeedName):
    """Its path says it, however it ends; the query only what the path leaves open."""
    assert parse_endpoint(endpoint) == name


def test_a_text_leaves_open_what_another_one_fills():
    """The endpoint says the category, the path the package."""
    assert FeedName(None, "gex_one").or_else(CLASSIC_ZERO) == FeedName("classic", "gex_one")
    assert FeedName().or_else(CLASSIC_ZERO) == CLASSIC_ZERO


def test_a_category_overrules_a_vaguer_text_of_another_feed():
    """A snapshot in a folder called orderflow is a snapshot; a file called orderflow in a GEX folder is not."""
    orderflow = FeedName(None, None, "orderflow")

    assert FeedName(None, "gex_zero").or_else(orderflow).other is None
    assert orderflow.or_else(CLASSIC_ZERO).other == "orderflow"


def test_a_feed_is_written_with_slashes():
    """So it stands in lineage and errors."""
    assert str(Feed("NQ_NDX", "classic", "gex_zero")) == "NQ_NDX/classic/gex_zero"


@pytest.mark.parametrize("feed", [Feed("NQ_NDX", "classic", "gex_zero"), Feed("BRK/B", "state", "gex_one")])
def test_a_feed_is_read_as_it_was_written(feed: Feed):
    """Also one whose ticker holds a slash."""
    assert Feed.of(str(feed)) == feed
