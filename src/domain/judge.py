"""Judging a record: from the words of the source to a snapshot, or to the rule that it breaks."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from .envelope import Unwrapped
from .feed import FeedName
from .rejects import NoCategory, RejectReason, RuleBroken
from .snapshot import INT32, GexSnapshot
from .timestamps import CLOCK_SKEW, EARLIEST, from_micros, parse_timestamp

#: Fields that may be absent; a value of another type is kept in ``extra`` instead.
OPTIONAL_NUMBERS = (
    "net_gex",
    "major_pos_vol",
    "major_pos_oi",
    "major_neg_vol",
    "major_neg_oi",
    "sum_gex_vol",
    "sum_gex_oi",
    "delta_risk_reversal",
)
OPTIONAL_DAYS = ("min_dte", "sec_min_dte")
#: Kept fields nested deeper than this would break programs that read them.
MAX_DEPTH = 100
_QUOTED = 60
_PAIR = 2

_REASONS = {
    "missing": RejectReason.FIELD_MISSING,
    "finite_number": RejectReason.NOT_FINITE,
    "greater_than": RejectReason.NOT_POSITIVE,
    "too_short": RejectReason.STRIKES_EMPTY,
    "ticker_invalid": RejectReason.TICKER_INVALID,
    "feed_invalid": RejectReason.FEED_INVALID,
    "string_type": RejectReason.TICKER_INVALID,
    "strike_twice": RejectReason.STRIKE_TWICE,
    "timestamp_before_2010": RejectReason.TIMESTAMP_BEFORE_2010,
    "priors_not_five": RejectReason.PRIORS_NOT_FIVE,
    "float_type": RejectReason.NOT_A_NUMBER,
}


def parse_json(raw: bytes) -> Any:
    """Parse the words of one record.

    Raises:
        RuleBroken: not JSON (RFC 8259), or an object in it names a field twice.
    """
    try:
        return json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RuleBroken:
        raise
    except RecursionError:
        raise RuleBroken(RejectReason.NOT_JSON, "is nested too deeply") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are both
        reason = re.sub(r"[\x00-\x1f]", "?", str(error))[:120]
        raise RuleBroken(RejectReason.NOT_JSON, f"is not JSON: {reason}") from None


def judge(
    record: Any, *, package: str, category: str, now: datetime, envelope: Mapping[str, Any] | None = None
) -> GexSnapshot:
    """Make a snapshot of a parsed record, or say which rule it breaks.

    Raises:
        RuleBroken: with the first broken rule and what was found.
    """
    if not isinstance(record, dict):
        raise RuleBroken(RejectReason.NOT_JSON, f"is {_words(record)}, not an object")
    fields = dict(record)
    known: dict[str, Any] = {"package": package, "category": category, "envelope": dict(envelope or {})}
    known["timestamp"] = _timestamp(fields, now)
    spot = "spot" if "spot" in fields else "spot_price"
    for name, source in (("ticker", "ticker"), ("spot", spot), ("zero_gamma", "zero_gamma"), ("strikes", "strikes")):
        if source not in fields:
            raise RuleBroken(RejectReason.FIELD_MISSING, f"{name} is missing")
        known[name] = fields.pop(source)
    known |= {name: fields.pop(name) for name in OPTIONAL_NUMBERS if _is_number(fields.get(name))}
    known |= {name: int(fields.pop(name)) for name in OPTIONAL_DAYS if _is_whole(fields.get(name))}
    if _is_pairs(fields.get("max_priors")):
        known["max_priors"] = fields.pop("max_priors")
    _check_rows(known["strikes"])
    _check_kept(fields)
    _check_kept(known["envelope"])
    try:
        return GexSnapshot(**known, extra=fields)
    except ValidationError as error:
        raise _rule_of(error) from None
    except OverflowError:
        raise RuleBroken(RejectReason.NOT_FINITE, "strikes adds up to more than a double can hold") from None


def judge_unwrapped(found: Unwrapped, fallback: FeedName, now: datetime) -> GexSnapshot:
    """Judge a record that was taken out of its envelope; ``fallback`` names the feed of one that names none.

    Raises:
        RuleBroken: as ``judge`` does, and ``NoCategory``.
    """
    name = found.name.or_else(fallback)
    if not name.category:
        raise NoCategory
    package = name.package or "classic"
    return judge(found.record, package=package, category=name.category, now=now, envelope=found.envelope)


def check_snapshot(snapshot: GexSnapshot, now: datetime) -> None:
    """Hold a snapshot that somebody else made to the rules that its model cannot know.

    Raises:
        RuleBroken: it lies in the future, or keeps what could not be given back.
    """
    _check_future(snapshot.timestamp, now, str(snapshot.timestamp))
    _check_kept(snapshot.extra)
    _check_kept(snapshot.envelope)


def too_deep(value: Any, room: int = MAX_DEPTH) -> bool:
    """Whether parsed JSON is nested deeper than a field that is kept may be."""
    if not isinstance(value, dict | list | tuple):
        return False
    if not room:
        return True
    return any(too_deep(inner, room - 1) for inner in (value.values() if isinstance(value, dict) else value))


def _timestamp(fields: dict[str, Any], now: datetime) -> datetime:
    if "timestamp" not in fields:
        raise RuleBroken(RejectReason.FIELD_MISSING, "timestamp is missing")
    value = fields.pop("timestamp")
    try:
        moment = from_micros(parse_timestamp(value))
    except ValueError as error:
        raise RuleBroken(RejectReason.TIMESTAMP_UNPARSABLE, f"timestamp {error}") from None
    except OverflowError:
        raise RuleBroken(RejectReason.TIMESTAMP_UNPARSABLE, f"timestamp {value!r:.40} is beyond all dates") from None
    if moment < EARLIEST:
        raise RuleBroken(RejectReason.TIMESTAMP_BEFORE_2010, f"timestamp {value!r:.40} lies before 2010")
    _check_future(moment, now, f"{value!r:.40}")
    return moment


def _check_future(moment: datetime, now: datetime, words: str) -> None:
    if moment > now + CLOCK_SKEW:
        raise RuleBroken(RejectReason.TIMESTAMP_IN_FUTURE, f"timestamp {words} lies in the future")


def _check_rows(strikes: Any) -> None:
    """Refuse rows that are objects, of which the model would make levels; all else about rows it knows."""
    for number, row in enumerate(strikes if isinstance(strikes, list | tuple) else ()):
        if isinstance(row, dict):
            raise RuleBroken(RejectReason.ROW_MALFORMED, f"strikes row {number} is {_words(row)}, not a list")


def _check_kept(fields: dict[str, Any]) -> None:
    """Refuse what could not be given back: what is no JSON, deep nests, and numbers that no double can hold."""
    for name, value in fields.items():
        if not isinstance(name, str):
            raise RuleBroken(RejectReason.NOT_JSON, f"{name!r:.{_QUOTED}} is no name of a field")
        if too_deep(value):
            raise RuleBroken(RejectReason.NOT_JSON, f"{name:.{_QUOTED}} is nested too deeply")
        try:
            json.dumps(value, allow_nan=False)
        except TypeError as error:
            raise RuleBroken(RejectReason.NOT_JSON, f"{name:.{_QUOTED}} cannot be kept as JSON: {error}") from None
        except ValueError:
            raise RuleBroken(RejectReason.NOT_FINITE, f"{name:.{_QUOTED}} holds a number beyond all doubles") from None


def _rule_of(error: ValidationError) -> RuleBroken:
    first = error.errors(include_url=False)[0]
    place = [str(part) for part in first["loc"]]
    where = place[0] if place else "record"
    if where == "strikes" and len(place) > 1:
        where = f"strikes row {place[1]}" + "".join(f", {part}" for part in place[2:])
    found = f"{where} is {_words(first['input'])}"
    reason = _REASONS.get(first["type"])
    if reason is RejectReason.NOT_A_NUMBER and type(first["input"]) is int:
        reason = RejectReason.NOT_FINITE  # pydantic takes no integer for a double that none can hold
    if first["type"] in ("row_malformed", "priors_not_five", "strike_twice", "ticker_invalid", "feed_invalid"):
        return RuleBroken(reason or RejectReason.ROW_MALFORMED, f"{where} {first['msg']}")
    if reason is RejectReason.NOT_POSITIVE:
        return RuleBroken(reason, f"{found}, which is not above 0")
    if reason is RejectReason.TICKER_INVALID:
        return RuleBroken(reason, f"{found}, not a name")
    if reason in (RejectReason.NOT_A_NUMBER, RejectReason.NOT_FINITE):
        return RuleBroken(reason, f"{found}, not a finite number")
    if reason is RejectReason.STRIKES_EMPTY:
        return RuleBroken(reason, "strikes is empty")
    wrong = ", not a list" if first["type"] in ("tuple_type", "model_type") else f": {first['msg']}"
    return RuleBroken(reason or RejectReason.ROW_MALFORMED, found + wrong)


def _words(value: Any) -> str:
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 3]}..."


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_whole(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer() and abs(value) < INT32


def _is_pairs(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(pair, list | tuple) and len(pair) == _PAIR and all(map(_is_number, pair)) for pair in value
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise RuleBroken(RejectReason.FIELD_TWICE, f"names the field {twice!r:.40} twice")
    return made


def _refuse_constant(name: str) -> Any:
    raise RuleBroken(RejectReason.NOT_JSON, f"is not JSON: {name} is no number there")
