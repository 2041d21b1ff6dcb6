"""Envelopes: what a recorder writes around a snapshot, and how to take it off."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .feed import FeedName, parse_endpoint

#: Where an envelope keeps its record: live recorders say ``data``, the older bridge ``payload``.
CONTENTS = ("data", "payload")
#: Where it says of which kind that is; the first one counts.
KINDS = ("kind", "type")
#: Other records of the same stream, by their kind or the endpoint they came from.
_OTHER_KINDS = ("majors", "maxchange")
_OTHER_RECORD = re.compile(r"(?:^|[\W_])(majors|maxchange)(?=$|[\W_])")
#: Only a GEX snapshot has one of these; order flow and state greeks have neither.
GEX_MARKS = ("strikes", "zero_gamma")


class Unwrapped(NamedTuple):
    """A record without its envelope; ``skip`` when it is no snapshot but another kind of record."""

    record: Any
    envelope: dict[str, Any]
    name: FeedName
    skip: bool


def unwrap(record: Any) -> Unwrapped:
    """Take the envelope off a parsed record, if it wears one."""
    content = content_of(tuple(record)) if isinstance(record, dict) else None
    if content is None:
        return Unwrapped(record, {}, FeedName(), False)
    envelope = {name: value for name, value in record.items() if name != content}
    if not isinstance(record[content], dict):
        # What holds no object is no envelope of a snapshot; the vendor's other records may be lists, or nothing.
        return Unwrapped(record, {}, FeedName(), _is_other_record(*_kind_and_endpoint(envelope)))
    name, skip = read_envelope(envelope, ladder="strikes" in record[content])
    return Unwrapped(record[content], envelope, name, skip)


def is_gex(record: Any) -> bool:
    """Whether a record without its envelope has what no other feed's has."""
    return isinstance(record, dict) and any(mark in record for mark in GEX_MARKS)


def content_of(names: tuple[str, ...]) -> str | None:
    """Name the field that holds the record, if fields of these names make an envelope."""
    if any(mark in names for mark in GEX_MARKS):
        return None
    return next((name for name in CONTENTS if name in names), None)


def read_envelope(envelope: dict[str, Any], *, ladder: bool = False) -> tuple[FeedName, bool]:
    """Say which feed an envelope names, and whether its record is to be skipped.

    A record with a ``ladder`` is a snapshot, whatever kind a recorder calls it; but not one of the known other kinds.
    """
    kind, endpoint = _kind_and_endpoint(envelope)
    name = parse_endpoint(endpoint)
    skip = _is_other_record(kind, endpoint) or (kind != "snapshot" and not ladder) or bool(name.other)
    return name, skip


def _kind_and_endpoint(envelope: dict[str, Any]) -> tuple[Any, str]:
    endpoint = envelope.get("endpoint")
    kind = next((envelope[name] for name in KINDS if name in envelope), "snapshot")
    return kind, endpoint if isinstance(endpoint, str) else ""


def _is_other_record(kind: Any, endpoint: str) -> bool:
    """Whether an envelope says that its record is one of the vendor's others, which are no snapshots."""
    return kind in _OTHER_KINDS or _OTHER_RECORD.search(endpoint.lower()) is not None
