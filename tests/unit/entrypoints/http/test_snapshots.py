"""``GET /gex``, ``/gex/latest`` and ``/gex/at``: the query contract."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from gexlake.application.asking.query_gex import PAGE
from gexlake.entrypoints.http.answering.answers import MOST_BYTES
from gexlake.testing.builders import NOON, make_ladder, make_snapshot, make_snapshots
from support.serving import client_of, pages, put

#: The body of a snapshot of the builders; its ladder and its moment come in between.
BODY = (
    '{"timestamp":"2025-10-06T14:30:0%d.Z","ticker":"NQ_NDX","package":"classic","category":"gex_zero",'
    '"spot_price":25190.5,"zero_gamma":25150.25,"net_gex":26.0,"min_dte":0,"sec_min_dte":1,"major_pos_vol":25207.21,'
    '"major_pos_oi":null,"major_neg_vol":25187.21,"major_neg_oi":null,"sum_gex_vol":26.0,"sum_gex_oi":-12.5,'
    '"delta_risk_reversal":-0.125,"max_priors":[[25187.21,1.5],[25197.21,-2.0]],"strike_data":['
    '{"strike":25187.21,"gamma":12.5,"oi_gamma":-6.25,"priors":[0.0,1.5,-2.25,3.0,12.5]},'
    '{"strike":25197.21,"gamma":13.5,"oi_gamma":-6.25,"priors":[0.0,1.5,-2.25,3.0,12.5]}]}'
).replace(".Z", "Z")


def two_strikes(count: int, **changes: Any) -> list[Any]:
    """Make snapshots a second apart, with ladders of two strikes."""
    return make_snapshots(count, strikes=make_ladder((25187.21, 25197.21)), **changes)


def seconds(client: TestClient, **question: Any) -> list[int]:
    """Give the seconds after noon of the snapshots that GET /gex answers with."""
    response = client.get(f"/gex?{urlencode({'symbol': 'NQ_NDX', **question})}")
    assert response.status_code == 200, response.text
    return [int(row["timestamp"][17:19]) for row in response.json()]


def test_gex_answers_as_the_contract_says_to_the_letter() -> None:
    """An array, the oldest first, names and numbers as they are."""
    response = client_of(two_strikes(2)).get("/gex?symbol=NQ_NDX")
    assert response.text == f"[{BODY % 0},{BODY % 1}]"
    assert response.headers["content-type"] == "application/json"


def test_latest_is_one_object() -> None:
    """The newest snapshot with its ladder."""
    assert client_of(two_strikes(3)).get("/gex/latest?symbol=NQ_NDX").text == BODY % 2


def test_at_says_how_old_the_snapshot_is() -> None:
    """The last one at or before the moment, and the seconds between."""
    client = client_of(two_strikes(2))
    response = client.get("/gex/at?symbol=NQ_NDX&timestamp=2025-10-06T14:30:01.250Z")
    assert response.text == (BODY % 1)[:-1] + ',"lag_seconds":0.25}'
    found = [
        client.get(f"/gex/at?symbol=NQ_NDX&timestamp=2025-10-06T14:30:05Z&tolerance={most}").status_code
        for most in (3.9, 4, 5, 86_399_999_999_999, 86_400_000_000_000, "inf")
    ]
    assert found == [404, *[200] * 5]
    assert client.get("/gex/at?symbol=NQ_NDX&timestamp=2025-10-06T14:29:59Z").status_code == 404


def test_as_of_questions_pass_over_the_first_snapshot_of_a_day() -> None:
    """It has neither zero gamma nor walls; ranges and levels have it, and the header tells of it."""
    begun = make_snapshot(second=24 * 3600, zero_gamma=0, major_pos_vol=0, major_neg_vol=0)
    client = client_of(make_snapshots(2), [begun])
    for question in (
        "at?timestamp=2025-10-07T14:30:01Z&",
        "ladder?timestamp=2025-10-07T14:30:00Z&",
        "ladder?",
        "latest?",
    ):
        response = client.get(f"/gex/{question}symbol=NQ_NDX")
        assert response.json()["timestamp"] == "2025-10-06T14:30:01Z"
        assert response.headers["x-gexlake-latest"] == "2025-10-07T14:30:00Z"
    assert client.get("/gex/at?symbol=NQ_NDX&timestamp=2025-10-07T14:30:01Z").json()["lag_seconds"] == 24 * 3600
    assert client.get("/gex/at?symbol=NQ_NDX&timestamp=2025-10-07T14:30:01Z&tolerance=60").status_code == 404
    for path in ("/gex", "/gex/levels"):
        assert len(client.get(f"{path}?symbol=NQ_NDX&start=2025-10-07T14:30:00Z").json()) == 1


def test_both_ends_of_a_range_are_included() -> None:
    """And either may be left out."""
    client = client_of(make_snapshots(6))
    assert seconds(client, start="2025-10-06T14:30:02Z", end="2025-10-06T14:30:04Z") == [2, 3, 4]
    assert seconds(client, start="2025-10-06T14:30:04Z") == [4, 5]
    assert seconds(client, end="2025-10-06T14:30:01Z") == [0, 1]
    assert seconds(client, start="2025-10-06", end="2025-10-06") == [0, 1, 2, 3, 4, 5]
    assert seconds(client, start="2025-10-07") == []


@pytest.mark.parametrize(
    "moment",
    [
        "2025-10-06T14:30:02Z",
        "2025-10-06T14:30:02",
        "2025-10-06 14:30:02",
        "20251006T143002Z",
        "2025-10-06T14:30:02.000000+00:00",
        "2025-10-06T10:30:02-04:00",
        "2025-10-06T16:30:02+02:00",
        "2025-10-06T16:30:02+0200",
        "1759761002",
        "1759761001.5",
        "1759761002000",
    ],
)
def test_moments_come_in_any_form_of_iso_8601_or_as_unix_time(moment: str) -> None:
    """UTC where they name no offset, and with a plus that nobody escaped."""
    client = client_of(make_snapshots(4))
    assert seconds(client, start=moment) == [2, 3]
    assert [row["timestamp"][17:19] for row in client.get(f"/gex?symbol=NQ_NDX&start={moment}").json()] == ["02", "03"]


def test_a_cursor_leads_past_the_limit_to_the_last() -> None:
    """Whatever the limit is, nothing comes twice and nothing is left out; the last answer has no link."""
    client = client_of(make_snapshots(10))
    for limit in (1, 3, 5, 9, 10, 11):
        found = []
        for response in pages(client, f"/gex?symbol=NQ_NDX&limit={limit}&end=2025-10-06T14:30:08Z"):
            assert len(response.json()) <= limit
            found += [int(row["timestamp"][17:19]) for row in response.json()]
        assert found == list(range(9))


def test_of_each_step_the_last_snapshot_has_its_ladder() -> None:
    """As it stands among all of them; a cursor goes on with the next step, in short answers and in long ones."""
    client = client_of(make_snapshots(150))
    every = {row["timestamp"][14:19]: row for row in client.get("/gex?symbol=NQ_NDX").json()}
    for limit in (1, 2, 3, 10_000):
        found = []
        for response in pages(client, f"/gex?symbol=NQ_NDX&every=1m&limit={limit}"):
            assert len(response.json()) <= limit
            found += response.json()
        assert found == [every["30:59"], every["31:59"], every["32:29"]]
    assert client.get("/gex?symbol=NQ_NDX&every=1m&start=2025-10-07").json() == []


def test_the_newest_of_a_range_are_its_last() -> None:
    """Each with its ladder, the oldest of them first, in short answers and in long ones, with no link."""
    client = client_of(make_snapshots(10))
    rows = client.get("/gex?symbol=NQ_NDX").json()
    for question, expected in (
        ("&limit=3", rows[-3:]),
        ("&limit=3&end=2025-10-06T14:30:05Z", rows[3:6]),
        ("&limit=2&every=4s", [rows[7], rows[9]]),
        ("&limit=10000", rows),
        ("&limit=10000&start=2025-10-07", []),
    ):
        response = client.get(f"/gex?symbol=NQ_NDX&newest=true{question}")
        assert response.json() == expected
        assert not response.links


def test_a_cursor_beside_newest_is_refused() -> None:
    """It would go on where nothing is."""
    client = client_of(make_snapshots(3))
    response = client.get(f"{client.get('/gex?symbol=NQ_NDX&limit=1').links['next']['url']}&newest=true")
    assert response.status_code == 400
    assert response.json()["error"].endswith("Leave one of the two out.")


def test_a_cursor_of_another_feed_or_of_nobody_is_refused() -> None:
    """It would go on somewhere else."""
    client = client_of(make_snapshots(3), make_snapshots(3, category="gex_one"))
    link = client.get("/gex?symbol=NQ_NDX&limit=1").links["next"]["url"]
    assert client.get(f"{link}&category=gex_one").status_code == 400
    for cursor in ("x", "%00", "W10", "bnVsbA", "ü"):
        assert client.get(f"/gex?symbol=NQ_NDX&cursor={cursor}").status_code == 400


def test_more_than_a_page_streams_and_is_the_same() -> None:
    """A limit beyond a page gives what a smaller one gives."""
    client = client_of(make_snapshots(30))
    for form in ("json", "ndjson", "csv"):
        short, long = (client.get(f"/gex?symbol=NQ_NDX&limit={limit}&format={form}") for limit in (1000, 10_000))
        assert "content-length" in short.headers
        assert "content-length" not in long.headers
        assert short.text == long.text


def test_what_is_committed_while_a_long_answer_leaves_pushes_nothing_out_of_it() -> None:
    """Following the links gives everything that was there at the first question, though each answer has its limit."""
    client = client_of(make_snapshots(PAGE + 20))
    app, lake = client.app, client.app.state.lake
    between = [[make_snapshot(second=second + 0.5) for second in range(n, PAGE + 19, 7)] for n in range(2)]

    async def committing(scope: Scope, receive: Receive, send: Send) -> None:
        async def commit_and_send(message: Message) -> None:
            if message["type"] == "http.response.start" and between:
                put(lake, between.pop())
            await send(message)

        await app(scope, receive, commit_and_send)

    found = list[datetime]()
    for response in pages(TestClient(committing), f"/gex?symbol=NQ_NDX&limit={PAGE + 5}&end=2025-10-06T14:47:00Z"):
        assert len(response.json()) <= PAGE + 5
        found += [datetime.fromisoformat(row["timestamp"]) for row in response.json()]
    assert found == sorted(set(found))
    assert len([moment for moment in found if not moment.microsecond]) == PAGE + 20


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    """An empty array would hide the mistake."""
    response = client_of(make_snapshots(1)).get("/gex?symbol=NQ_NDX&start=2025-10-07&end=2025-10-06T00:00:00Z")
    assert response.status_code == 400
    assert response.json() == {
        "error": "end lies before start. Swap them.",
        "details": {"start": "2025-10-07T00:00:00Z", "end": "2025-10-06T00:00:00Z"},
    }


def test_package_and_category_choose_the_feed() -> None:
    """Else it is classic and gex_zero, if the ticker has that; the header says which one answered."""
    client = client_of(
        [make_snapshot()], [make_snapshot(category="gex_one")], [make_snapshot(package="state", category="gex_full")]
    )
    for question, feed in [
        ("", "NQ_NDX/classic/gex_zero"),
        ("&category=one", "NQ_NDX/classic/gex_one"),
        ("&package=state", "NQ_NDX/state/gex_full"),
    ]:
        assert client.get(f"/gex/latest?symbol=nq_ndx{question}").headers["x-gexlake-feed"] == feed
    assert client.get("/gex/latest?symbol=NQ_NDX&package=state&category=gex_one").status_code == 404


def test_a_ticker_of_several_unusual_feeds_is_ambiguous() -> None:
    """409, with the feeds to choose from."""
    client = client_of([make_snapshot(category="gex_one")], [make_snapshot(category="gex_full")])
    response = client.get("/gex?symbol=NQ_NDX")
    assert response.status_code == 409
    assert response.json()["details"]["feeds"] == ["NQ_NDX/classic/gex_full", "NQ_NDX/classic/gex_one"]
    assert response.json()["error"].endswith("Choose one with package= and category=.")


def test_a_symbol_that_fits_two_tickers_but_for_its_case_is_ambiguous() -> None:
    """409, with the cure."""
    response = client_of([make_snapshot()], [make_snapshot(ticker="nq_ndx")]).get("/gex/latest?symbol=Nq_Ndx")
    assert response.status_code == 409
    assert response.json()["error"].endswith("Write symbol= exactly as one of them.")


def test_every_answer_says_how_fresh_the_feed_is() -> None:
    """The newest timestamp that the lake has, whatever part of it was asked for."""
    client = client_of(make_snapshots(5))
    for path in ("/gex?limit=1&symbol=NQ_NDX", "/gex/at?timestamp=2025-10-06T14:30:00Z&symbol=NQ_NDX", "/runs"):
        assert client.get(path).headers["x-gexlake-latest"] == "2025-10-06T14:30:04Z"


def test_what_is_committed_is_answered_at_once() -> None:
    """No remembered answer outlives the state of the lake that it is of: new snapshots, new feeds."""
    client = client_of(make_snapshots(2))
    lake = client.app.state.lake
    for second in (5, 7):
        put(lake, make_snapshots(1, second=second))
        response = client.get("/gex/latest?symbol=NQ_NDX")
        assert response.json()["timestamp"] == f"2025-10-06T14:30:0{second}Z"
        assert response.headers["x-gexlake-latest"] == f"2025-10-06T14:30:0{second}Z"
        assert client.get("/gex/at?symbol=NQ_NDX&timestamp=2025-10-07").json()["timestamp"][18] == str(second)
    put(lake, [make_snapshot(ticker="SPX")])
    assert client.get("/gex/latest?symbol=SPX").status_code == 200
    assert client.get("/ready").json()["feeds"] == 2


def test_an_answer_begun_before_a_commit_is_not_remembered_for_after_it() -> None:
    """Even if it is ready only then."""
    client = client_of(make_snapshots(1))
    answers, feed = client.app.state.answers, make_snapshot().feed

    def slow() -> bytes:
        put(client.app.state.lake, make_snapshots(1, second=9))
        return b"old"

    assert answers.remembered(feed, "question", slow) == b"old"
    assert answers.remembered(feed, "question", lambda: b"new") == b"new"
    assert answers.remembered(feed, "question", lambda: b"newer") == b"new"


def test_moments_between_microseconds_are_exact() -> None:
    """A cursor goes on one microsecond after the last snapshot."""
    close = [make_snapshot(timestamp=NOON + timedelta(microseconds=n)) for n in range(3)]
    client = client_of(close)
    first = client.get("/gex?symbol=NQ_NDX&limit=2")
    assert [row["timestamp"][19:] for row in first.json()] == ["Z", ".000001Z"]
    assert [row["timestamp"][19:] for row in client.get(first.links["next"]["url"]).json()] == [".000002Z"]


def test_what_was_asked_before_a_commit_is_no_answer_after_it() -> None:
    """Also for the list of feeds, which decides what a ticker means."""
    client = client_of([make_snapshot(category="gex_one")])
    answers = client.app.state.answers
    assert answers.feed("NQ_NDX", None, None).category == "gex_one"
    put(client.app.state.lake, [make_snapshot()])
    assert answers.feed("NQ_NDX", None, None).category == "gex_zero"


def test_a_large_answer_is_made_anew() -> None:
    """It would push many others out of the cache."""
    client = client_of(make_snapshots(1))
    answers, feed = client.app.state.answers, make_snapshot().feed
    for size, again in ((MOST_BYTES, False), (MOST_BYTES + 1, True)):
        answers.remembered(feed, f"{size}", lambda size=size: b"a" * size)
        assert (answers.remembered(feed, f"{size}", lambda: b"again") == b"again") == again
