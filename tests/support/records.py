"""Records as the vendor writes them, and the forms in which files hold them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: The moment against which future timestamps are judged.
NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
#: 2025-10-06 13:30:02 UTC, a Monday: two seconds after the open.
OPEN = 1_759_757_402
_ABSENT = object()


def row(strike: float = 25187.21, gamma: float = 12.5, interest: float = -6.25, **changes: Any) -> list[Any]:
    """Make a ladder row; ``priors`` changes its list, None leaves it out."""
    priors = changes.get("priors", [0.0, 1.5, -2.25, 3, gamma])
    return [strike, gamma, interest] if priors is None else [strike, gamma, interest, priors]


def rows(count: int = 3) -> list[list[Any]]:
    """Make a ladder of rows ten points apart."""
    return [row(25187.21 + 10 * n, 12.5 + n, -6.25 - n) for n in range(count)]


def record(second: int = 0, **changes: Any) -> dict[str, Any]:
    """Make a record whose ladder adds up; a keyword changes a field or adds one."""
    ladder = changes.pop("strikes", None)
    ladder = rows() if ladder is None else ladder
    fields = {
        "timestamp": OPEN + second,
        "ticker": "NQ_NDX",
        "min_dte": 0,
        "sec_min_dte": 1,
        "spot": 25190.5,
        "zero_gamma": 25150.25,
        "major_pos_vol": 25207.21,
        "major_pos_oi": 25187.21,
        "major_neg_vol": 25187.21,
        "major_neg_oi": 25207.21,
        "strikes": ladder,
        "sum_gex_vol": 40.5,
        "sum_gex_oi": -21.75,
        "delta_risk_reversal": -0.125,
        "max_priors": [[25187.21, 1.5], [25197.21, -2]],
    }
    return fields | changes


def without(made: dict[str, Any], *names: str) -> dict[str, Any]:
    """Give a record without some fields."""
    return {name: value for name, value in made.items() if name not in names}


def records(count: int = 3, **changes: Any) -> list[dict[str, Any]]:
    """Make records a second apart."""
    return [record(second, **changes) for second in range(count)]


def enveloped(made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Put a record into a live recorder's envelope."""
    fields = {"recorded_at": "2025-10-06T13:30:02+00:00", "recorded_ms": OPEN * 1000, "ticker": "NQ_NDX"}
    return {**fields, "endpoint": "classic_gex_zero", "data": made} | changes


def paid(made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Put a record into an envelope of the older bridge."""
    fields = {"ticker": "NQ_NDX", "kind": "snapshot", "payload": made, "received_at": OPEN}
    return {**fields, "endpoint": "classic_gex_zero"} | changes


def words(made: Any) -> bytes:
    """Write a record as recorders do, without spaces."""
    return json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()


def array(raws: Sequence[bytes]) -> bytes:
    """Lay records out as one array on one line."""
    return b"[" + b",".join(raws) + b"]"


def lines(raws: Sequence[bytes]) -> bytes:
    """Lay records out as lines."""
    return b"".join(raw + b"\n" for raw in raws)


def crlf_lines(raws: Sequence[bytes]) -> bytes:
    """Lay records out as lines that end as on Windows."""
    return b"".join(raw + b"\r\n" for raw in raws)


def spaced(raws: Sequence[bytes]) -> bytes:
    """Lay records out as an array with a space after each comma."""
    return b"[" + b", ".join(raws) + b"]\n"


def one_a_line(raws: Sequence[bytes]) -> bytes:
    """Lay records out as an array with a record a line."""
    return b"[\n" + b",\n".join(raws) + b"\n]\n"


def container(raws: Sequence[bytes]) -> bytes:
    """Lay records out as an object that holds their list and says more after it."""
    return b'{"snapshots":[' + b",".join(raws) + b'],"count":%d}' % len(raws)


def container_last(raws: Sequence[bytes]) -> bytes:
    """Lay records out as an object that says more before it holds their list."""
    return b'{"count":%d,"note":"of a day","records":[' % len(raws) + b",".join(raws) + b"]}"


def one_after_the_other(raws: Sequence[bytes]) -> bytes:
    """Lay records out with nothing between them."""
    return b"".join(raws)


#: Layouts that keep the words of each record; pretty-printing changes them, so it is not among these.
LAYOUTS = {
    "array": array,
    "lines": lines,
    "crlf lines": crlf_lines,
    "spaced array": spaced,
    "array with a record a line": one_a_line,
    "container": container,
    "container with fields before": container_last,
    "array with a byte order mark": lambda raws: b"\xef\xbb\xbf" + array(raws),
    "lines without a last line end": lambda raws: lines(raws)[:-1],
}


def put(path: Path, *made: dict[str, Any]) -> Path:
    """Write records one a line as a file, and the folders above it; give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines([words(one) for one in made]))
    return path


def zipped(data: bytes) -> bytes:
    """Pack bytes as gzip, the same each time."""
    return gzip.compress(data, 1, mtime=0)
