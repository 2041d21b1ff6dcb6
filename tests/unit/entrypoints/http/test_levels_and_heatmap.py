"""``GET /gex/levels`` and ``/gex/heatmap``: what charts are drawn from."""

import io

import polars as pl
import pytest

from gexlake.testing.builders import make_ladder, make_snapshot, make_snapshots
from support.serving import client_of, pages


def test_levels_are_the_snapshots_without_their_ladders() -> None:
    """Names and order of the fields are fixed."""
    response = client_of(make_snapshots(2)).get("/gex/levels?symbol=NQ_NDX&limit=1")
    assert response.text == (
        '[{"timestamp":"2025-10-06T14:30:00Z","spot_price":25190.5,"zero_gamma":25150.25,"major_pos_vol":25207.21,'
        '"major_pos_oi":null,"major_neg_vol":25187.21,"major_neg_oi":null,"sum_gex_vol":40.5,"sum_gex_oi":-18.75,'
        '"net_gex":40.5}]'
    )


def test_levels_of_steps_are_those_of_the_last_snapshots() -> None:
    """Under their own timestamps; a cursor goes on with the next step, from the cache too."""
    client = client_of(make_snapshots(150))
    for _ in range(2):
        found = list(pages(client, "/gex/levels?symbol=NQ_NDX&every=1m&limit=1"))
        times = [row["timestamp"][14:19] for response in found for row in response.json()]
        assert times == ["30:59", "31:59", "32:29"]


def test_the_newest_levels_of_a_range_are_its_last() -> None:
    """Of steps too; the oldest of them first, with no link: nothing comes after them."""
    client = client_of(make_snapshots(150))
    for more, expected in (
        ("", ["32:28", "32:29"]),
        ("&end=2025-10-06T14:31:30Z", ["31:29", "31:30"]),
        ("&every=1m", ["31:59", "32:29"]),
        ("&every=1m&end=2025-10-06T14:31:30Z", ["30:59", "31:30"]),
        ("&every=1m&start=2025-10-06T14:32:00Z", ["32:29"]),
        ("&start=2025-10-07", []),
    ):
        response = client.get(f"/gex/levels?symbol=NQ_NDX&limit=2&newest=true{more}")
        assert [row["timestamp"][14:19] for row in response.json()] == expected
        assert not response.links
    first = client.get("/gex/levels?symbol=NQ_NDX&limit=2&end=2025-10-06T14:31:30Z").json()
    assert [row["timestamp"][14:19] for row in first] == ["30:00", "30:01"]


@pytest.mark.parametrize("step", ["0m", "m", "1", "1w", "-1m", "1.5m", "100000d", "1M", "1m "])
def test_what_is_no_step_is_refused(step: str) -> None:
    """With steps to choose from."""
    response = client_of(make_snapshots(1)).get("/gex/levels", params={"symbol": "NQ_NDX", "every": step})
    assert response.status_code == 400
    assert response.json()["details"]["problems"] == [
        {"parameter": "every", "problem": "is no step of time; write 30s, 1m, 5m, 15m, 1h or 1d"}
    ]


def test_a_heatmap_of_days_has_no_columns_for_nights() -> None:
    """Of two sessions of ten minutes a day apart, twenty minutes are shown."""
    days = ([make_snapshot(second=24 * 3600 * day + second) for second in range(0, 600, 30)] for day in range(2))
    drawn = client_of(*days).get("/gex/heatmap?symbol=NQ_NDX&start=2025-10-01&columns=20").json()
    assert (drawn["every_seconds"], len(drawn["timestamps"])) == (60, 20)


def test_a_heatmap_has_the_grid_once_and_null_where_a_strike_is_absent() -> None:
    """A list a strike, in it a value a moment."""
    moved = [make_snapshot(second=60, strikes=make_ladder((25187.25, 25197.21), gamma=1.0), spot=25000.5)]
    response = client_of(make_snapshots(3), moved).get("/gex/heatmap?symbol=NQ_NDX&every=1m")
    assert response.text == (
        '{"ticker":"NQ_NDX","package":"classic","category":"gex_zero","value":"gamma","every_seconds":60.0,'
        '"timestamps":["2025-10-06T14:30:02Z","2025-10-06T14:31:00Z"],"spot_price":[25190.5,25000.5],'
        '"zero_gamma":[25150.25,25150.25],"strikes":[25187.21,25187.25,25197.21,25207.21],'
        '"values":[[12.5,null],[null,1.0],[13.5,2.0],[14.5,null]]}'
    )


def test_a_heatmap_puts_strikes_together_and_shows_the_other_gamma() -> None:
    """At the nearest multiple; what meets there is added."""
    client = client_of(make_snapshots(1))
    drawn = client.get("/gex/heatmap?symbol=NQ_NDX&bucket=20&value=oi_gamma").json()
    assert (drawn["strikes"], drawn["values"]) == ([25180.0, 25200.0], [[-6.25], [-12.5]])


def test_a_heatmap_without_a_range_is_of_the_newest_day() -> None:
    """Of New York, in a round step; of the day of the end, if that is given."""
    days = [make_snapshots(3), [make_snapshot(second=n + 24 * 3600) for n in range(3)]]
    client = client_of(*days)
    for question, day in (("", "07"), ("&end=2025-10-06", "06")):
        drawn = client.get(f"/gex/heatmap?symbol=NQ_NDX{question}").json()
        assert drawn["timestamps"] == [f"2025-10-{day}T14:30:0{n}Z" for n in range(3)]
        assert drawn["every_seconds"] == 1


def test_a_heatmap_is_of_the_newest_day_when_that_has_just_begun() -> None:
    """Its first snapshot says no levels, but it has a ladder."""
    begun = make_snapshot(second=24 * 3600, zero_gamma=0, major_pos_vol=0, major_neg_vol=0)
    drawn = client_of(make_snapshots(3), [begun]).get("/gex/heatmap?symbol=NQ_NDX").json()
    assert drawn["timestamps"] == ["2025-10-07T14:30:00Z"]


def test_a_heatmap_in_rows_has_one_a_cell() -> None:
    """Those that hold a value."""
    moved = [make_snapshot(second=60, strikes=make_ladder((25187.25,), gamma=1.0))]
    client = client_of(make_snapshots(1), moved)
    read = pl.read_parquet(io.BytesIO(client.get("/gex/heatmap?symbol=NQ_NDX&every=1m&format=parquet").content))
    assert read.columns == ["timestamp", "strike", "gamma"]
    assert read["strike"].to_list() == [25187.21, 25197.21, 25207.21, 25187.25]
    lines = client.get("/gex/heatmap?symbol=NQ_NDX&every=1m&format=ndjson").text.splitlines()
    assert lines[3] == '{"timestamp":"2025-10-06T14:31:00Z","strike":25187.25,"gamma":1.0}'


def test_a_heatmap_that_is_too_large_is_refused_with_the_cure() -> None:
    """More moments than an answer has room for."""
    client = client_of([make_snapshot(second=n, strikes=make_ladder((1.0,))) for n in range(2_001)])
    response = client.get("/gex/heatmap?symbol=NQ_NDX&every=1s")
    assert response.status_code == 400
    assert response.json()["details"] == {"columns": 2_001, "rows": None}
    assert "would have at least 2,001 moments" in response.json()["error"]  # more are not counted
    assert "Choose a longer step (every)" in response.json()["error"]
    assert len(client.get("/gex/heatmap?symbol=NQ_NDX").json()["timestamps"]) <= 400


@pytest.mark.parametrize(
    ("question", "columns"),
    [("end=9999-12-31", 3), ("end=0001-01-01", 0), ("start=0001-01-01", 3), ("start=0001-01-01&end=9999-12-31", 3)],
)
def test_a_heatmap_of_a_range_beyond_all_snapshots_has_those_that_there_are(question: str, columns: int) -> None:
    """Its end may be the last moment that there is, its beginning the first."""
    response = client_of(make_snapshots(3)).get(f"/gex/heatmap?symbol=NQ_NDX&every=1s&{question}")
    assert response.status_code == 200, response.text
    assert len(response.json()["timestamps"]) == columns
