"""The shapes of the query contract: a snapshot in JSON, and snapshots in columns that leave the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from ..application.batch import offsets
from ..application.query_gex import Answer
from ..application.schemas import PRIORS
from ..domain.timestamps import from_micros, to_iso

#: The fields of a snapshot: the name in the contract -> the name in the lake.
FIELDS = {
    "timestamp": "timestamp",
    "ticker": "ticker",
    "package": "package",
    "category": "category",
    "spot_price": "spot",
    "zero_gamma": "zero_gamma",
    "net_gex": "net_gex",
    "min_dte": "min_dte",
    "sec_min_dte": "sec_min_dte",
    "major_pos_vol": "major_pos_vol",
    "major_pos_oi": "major_pos_oi",
    "major_neg_vol": "major_neg_vol",
    "major_neg_oi": "major_neg_oi",
    "sum_gex_vol": "sum_gex_vol",
    "sum_gex_oi": "sum_gex_oi",
    "delta_risk_reversal": "delta_risk_reversal",
    "max_priors": "max_priors",
}
#: JSON objects that are there only if the source had something to keep.
KEPT = ("extra", "envelope")
STRIKE_DATA = "strike_data"
#: The numbers of a row of it; ``priors`` follow.
LEVELS = ("strike", "gamma", "oi_gamma")


def snapshot_rows(snapshots: pa.Table, names: Iterable[str]) -> list[dict[str, Any]]:
    """Give some columns, ``timestamp`` among them, as rows; in the names of the lake."""
    # Arrow would make the moments itself, but load pandas for it where that is installed.
    micros = snapshots.column("timestamp").cast(pa.int64()).to_pylist()
    rows = snapshots.select([name for name in names if name != "timestamp"]).to_pylist()
    return [{"timestamp": from_micros(at), **row} for at, row in zip(micros, rows, strict=True)]


def snapshot_objects(answer: Answer) -> Iterator[dict[str, Any]]:
    """Give the snapshots of an answer, ready for ``orjson``: with ``strike_data`` if it has ladders."""
    return _objects(answer, _strike_data)


def snapshot_lines(answer: Answer) -> Iterator[bytes]:
    """Give the same as JSON texts, made from columns: no object for a strike."""
    return map(orjson.dumps, _objects(answer, strike_texts))


def _objects(answer: Answer, strike_data: Callable[[Answer], Iterator[Any]]) -> Iterator[dict[str, Any]]:
    ladders = None if answer.ladders is None else strike_data(answer)
    for row in snapshot_rows(answer.snapshots, [*FIELDS.values(), *KEPT]):
        row["timestamp"] = to_iso(row["timestamp"])
        made = {name: row[source] for name, source in FIELDS.items()}
        if ladders is not None:
            made[STRIKE_DATA] = next(ladders)
        # Fragments: the words of the source go out as they are, be they what no parser here would take.
        made |= {name: orjson.Fragment(row[name]) for name in KEPT if row[name]}
        yield made


def snapshot_columns(answer: Answer) -> pa.Table:
    """Give the snapshots of an answer in columns of the contract's names, ladders as a list in each row."""
    named = answer.snapshots.select([*FIELDS.values(), *KEPT]).rename_columns([*FIELDS, *KEPT])
    if answer.ladders is None:
        return named
    rows = answer.ladders
    ends = offsets(_counts(answer)).astype(np.int32)
    levels = {name: rows.column(name).combine_chunks() for name in LEVELS}
    structs = pa.StructArray.from_arrays([*levels.values(), _priors_lists(rows)], [*levels, "priors"])
    return named.append_column(STRIKE_DATA, pa.ListArray.from_arrays(pa.array(ends), structs))


def strike_texts(answer: Answer) -> Iterator[orjson.Fragment]:
    """Give the ladder of each snapshot as the JSON text of its ``strike_data``."""
    ends = np.concatenate([[0], np.cumsum(_counts(answer).to_numpy())]).tolist()
    rows = ladder_texts(answer.ladders)
    return (orjson.Fragment(b"[" + b",".join(rows[begin:end]) + b"]") for begin, end in pairwise(ends))


def ladder_texts(ladders: pa.Table) -> list[bytes]:
    """Give each row of ladders as the JSON text of one object of ``strike_data``."""
    if not ladders.num_rows:
        return []
    # Whole columns are written at once and cut at the commas: the digits are those of orjson, at a fraction of
    # the time that objects take.
    levels = [_dump(ladders.column(name).to_numpy())[1:-1].split(b",") for name in LEVELS]
    priors = _priors(ladders)
    lists = _dump(priors)[2:-2].split(b"],[")
    for place in np.flatnonzero(np.isnan(priors[:, 0])).tolist():
        lists[place] = b""
    return [b'{"strike":%b,"gamma":%b,"oi_gamma":%b,"priors":[%b]}' % row for row in zip(*levels, lists, strict=True)]


def _dump(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> bytes:
    return orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)


def _strike_data(answer: Answer) -> Iterator[list[dict[str, Any]]]:
    ladders: pa.Table = answer.ladders
    levels = [ladders.column(name).to_numpy().tolist() for name in LEVELS]
    priors = _priors(ladders)
    lists = priors.tolist()
    for place in np.flatnonzero(np.isnan(priors[:, 0])).tolist():
        lists[place] = []
    rows = zip(*levels, lists, strict=True)
    return (
        [
            {"strike": strike, "gamma": gamma, "oi_gamma": interest, "priors": before}
            for strike, gamma, interest, before in islice(rows, count)
        ]
        for count in _counts(answer).to_pylist()
    )


def _counts(answer: Answer) -> pa.ChunkedArray:
    """Give the rows of each ladder, after making sure that they are all there."""
    counts = answer.snapshots.column("strike_count")
    held, wanted = (answer.ladders.num_rows if answer.ladders else 0), sum(counts.to_pylist())
    if held != wanted:
        raise ValueError(f"{answer.feed}: the ladders have {held:,} rows where the snapshots want {wanted:,}")
    return counts


def _priors(ladders: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give the priors, shape (rows, 5); not-a-number where a row has none."""
    return np.column_stack([ladders.column(name).to_numpy() for name in PRIORS]).astype(np.float64)


def _priors_lists(ladders: pa.Table) -> pa.ListArray:
    priors = _priors(ladders)
    present = ~np.isnan(priors[:, 0])
    ends = np.concatenate([[0], np.cumsum(present * len(PRIORS))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(priors[present].ravel()))
