"""Envelopes: what recorders write around a snapshot."""

from typing import Any

import pytest

from gexlake.domain.envelope import unwrap
from gexlake.domain.feed import FeedName
from support.records import enveloped, paid, record, without

MADE = record()


@pytest.mark.parametrize("wrap", [enveloped, paid])
def test_both_envelopes_come_off(wrap: Any):
    """The record comes out untouched, the rest is the envelope, the endpoint names the feed."""
    worn = wrap(MADE)

    found = unwrap(worn)

    assert found.record is MADE
    assert found.envelope == without(worn, "data", "payload")
    assert found.name == FeedName("classic", "gex_zero")
    assert not found.skip


def test_a_record_without_an_envelope():
    """A plain record says nothing of its feed."""
    assert unwrap(MADE) == (MADE, {}, FeedName(), False)


@pytest.mark.parametrize("made", [None, 5, [], "x", {}])
def test_what_is_no_record_comes_back_as_it_is(made: Any):
    """The judge says what is wrong with it."""
    assert unwrap(made) == (made, {}, FeedName(), False)


@pytest.mark.parametrize("field", ["data", "payload"])
def test_a_snapshot_with_a_field_called_data_is_no_envelope(field: str):
    """Strikes or zero gamma make it a snapshot."""
    made = record(**{field: {"a": 1}})

    assert unwrap(made).record is made
    assert unwrap(without(made, "strikes")).record == without(made, "strikes")


@pytest.mark.parametrize("content", [None, [], "x", 5])
def test_an_envelope_without_an_object_in_it_is_none(content: Any):
    """The judge sees it as it is."""
    for worn in (enveloped(MADE, data=content), paid(MADE, payload=content), paid(MADE, payload=content, kind="gex")):
        assert unwrap(worn) == (worn, {}, FeedName(), False)


@pytest.mark.parametrize("content", [None, [], [25187.21, 1.5], [MADE], "x", 5])
@pytest.mark.parametrize("named", [{"kind": "majors"}, {"kind": "maxchange"}, {"endpoint": "classic/gex_zero/majors"}])
def test_the_vendors_other_records_are_skipped_whatever_they_hold(named: dict[str, str], content: Any):
    """Their envelope says what they are."""
    assert unwrap(paid(MADE, payload=content) | named).skip


@pytest.mark.parametrize("field", ["kind", "type"])
@pytest.mark.parametrize("kind", ["majors", "maxchange", "gex", "", None, 5, ["snapshot"]])
def test_other_kinds_of_records_are_skipped(field: str, kind: Any):
    """What has a ladder is a snapshot under any name but those of the vendor's other records."""
    for made, skip in ((without(MADE, "strikes"), True), (MADE, kind in ("majors", "maxchange"))):
        assert unwrap(without(paid(made), "kind") | {field: kind}).skip is skip


@pytest.mark.parametrize(
    "endpoint", ["gex_zero_majors", "classic/maxchange", "MAJORS", "orderflow", "state_vanna_zero"]
)
def test_other_endpoints_are_skipped(endpoint: str):
    """The endpoint of other records and feeds tells them, too."""
    assert unwrap(enveloped(MADE, endpoint=endpoint)).skip


@pytest.mark.parametrize("endpoint", ["/NQ_NDX/classic/zero/", "https://x/NQ_NDX/classic/zero?key=abc"])
def test_endpoints_as_they_were_called(endpoint: str):
    """With slashes and keys behind the older name of the category."""
    assert unwrap(enveloped(MADE, endpoint=endpoint)).name == FeedName("classic", "gex_zero")


@pytest.mark.parametrize("endpoint", [None, 5, "", "https://x/classic/gex_zero"])
def test_endpoints_that_say_little(endpoint: Any):
    """An endpoint that is no text names nothing, and skips nothing."""
    found = unwrap(enveloped(MADE, endpoint=endpoint))

    assert not found.skip
    assert found.name in (FeedName(), FeedName("classic", "gex_zero"))


def test_an_envelope_without_kind_and_endpoint_holds_a_snapshot():
    """Where nothing says otherwise, it is one."""
    assert unwrap({"data": MADE}) == (MADE, {}, FeedName(), False)
