"""``GET /gex/day``: the picture of a day."""

from datetime import date
from xml.etree import ElementTree as ET

from gexlake.application.asking.query_gex import QueryGex
from gexlake.entrypoints.pictures.day_svg import day_svg
from gexlake.testing.builders import FEED, make_snapshot, make_snapshots
from support.serving import client_of, lake_of


def test_the_picture_is_that_of_the_command() -> None:
    """Of the last day, or of a date; remembered, too."""
    days = make_snapshots(5), [make_snapshot(second=24 * 3600 + n) for n in range(3)]
    query, client = QueryGex(lake_of(*days)), client_of(*days)
    for asked, day, by in (
        ("", date(2025, 10, 7), "volume"),
        ("&date=2025-10-06", date(2025, 10, 6), "volume"),
        ("&date=2025-10-06&value=oi_gamma", date(2025, 10, 6), "interest"),
    ):
        for _ in range(2):
            response = client.get(f"/gex/day?symbol=NQ_NDX{asked}")
            assert response.content == day_svg(query, FEED, day, by)
        assert response.headers["content-type"] == "image/svg+xml"
        assert ET.fromstring(response.text).tag.endswith("svg")  # noqa: S314  # of our own making


def test_a_day_that_is_not_there_is_told() -> None:
    """And what is no date, with the cure."""
    client = client_of(make_snapshots(1))
    for day in ("2025-10-07", date.min, date.max):
        assert client.get(f"/gex/day?symbol=NQ_NDX&date={day}").status_code == 404
    response = client.get("/gex/day?symbol=NQ_NDX&date=soon")
    assert response.status_code == 400
    assert response.json()["details"]["problems"] == [{"parameter": "date", "problem": "is no date; write 2025-10-06"}]
