"""What paths say about day and ticker; and every layout, what it says of its feed."""

from datetime import date
from pathlib import Path

import pytest

from gexlake.adapters.legacy import names
from gexlake.domain.feed import FeedName
from gexlake.domain.paths import feed_of_path

CLASSIC_ZERO = FeedName("classic", "gex_zero")


@pytest.mark.parametrize(
    ("path", "feed", "day", "ticker"),
    [
        ("2025-10-06_NQ_NDX_classic_gex_zero.json", CLASSIC_ZERO, date(2025, 10, 6), "NQ_NDX"),
        ("2025-10-06_NQ_NDX_classic_gex_zero.json.gz", CLASSIC_ZERO, date(2025, 10, 6), "NQ_NDX"),
        ("2025-10-06_SPX_state_gex_full.jsonl", FeedName("state", "gex_full"), date(2025, 10, 6), "SPX"),
        ("2025-10-06_ES_SPX_classic_zero.ndjson.gz", CLASSIC_ZERO, date(2025, 10, 6), "ES_SPX"),
        ("2025-10-10/NQ_NDX/classic/gex_zero.jsonl", CLASSIC_ZERO, date(2025, 10, 10), None),
        ("2025-10-10/NQ_NDX/classic/zero.jsonl", CLASSIC_ZERO, date(2025, 10, 10), None),
        ("20251010/NQ_NDX/state/gex_one.json", FeedName("state", "gex_one"), date(2025, 10, 10), None),
        ("bridge/NQ_NDX_gex_zero_20251003_143000.json", FeedName(None, "gex_zero"), date(2025, 10, 3), "NQ_NDX"),
        ("bridge/NQ_NDX_zero_20251003_143000.json", FeedName(None, "gex_zero"), date(2025, 10, 3), "NQ_NDX"),
        ("bridge.jsonl", FeedName(), None, None),
        ("2025-10-13_SPX_orderflow_orderflow.json", FeedName(None, None, "orderflow"), date(2025, 10, 13), None),
        ("orderflow/2025-10-13_SPX.json", FeedName(None, None, "orderflow"), date(2025, 10, 13), None),
        ("state/2025-10-13_BRK.B_gex_full.JSON.GZ", FeedName("state", "gex_full"), date(2025, 10, 13), "BRK.B"),
    ],
)
def test_layouts(path: str, feed: FeedName, day: date | None, ticker: str | None):
    """Every layout that occurs says its feed and day; the ticker where the file's own name has one."""
    found = Path("/data/outputs/gex_bridge/history") / path

    assert feed_of_path(found) == feed
    assert names.day(found) == day
    assert names.ticker(found) == ticker


@pytest.mark.parametrize("name", ["2025-02-30_SPX.json", "2025-13-01.json", "12025-10-06.json", "x.json", "1999-10-06"])
def test_what_is_no_day(name: str):
    """A date that does not exist, or digits that are none, give no day."""
    assert names.day(Path("history") / name) is None


def test_a_name_without_a_day_takes_the_folders():
    """The nearest folder with a day in its name."""
    assert names.day(Path("2025-10-01/2025-10-02/NQ/x.json")) == date(2025, 10, 2)
