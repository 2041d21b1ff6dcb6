"""The shapes of the query contract: a snapshot in JSON, and snapshots in columns that leave the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import accumulate, islice, pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from ...application.asking.answer import Answer
from ...application.columns.arrays import Ints
from ...application.columns.batch import offsets
from ...application.columns.rows import micros_of, numbers_of
from ...application.columns.schemas import PRIORS
from ...domain.timestamps import from_micros, to_iso
from .ladder_texts import LEVELS, LadderTexts, priors_of, row_texts, strike_data

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
_FIELDS_AND_KEPT = FIELDS | {name: name for name in KEPT}
#: The values of so few snapshots are sooner taken one by one.
_FEW = 4
_MOMENTS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z


def snapshot_rows(snapshots: pa.Table, names: Iterable[str]) -> list[dict[str, Any]]:
    """Give some columns, ``timestamp`` among them, as rows; in the names of the lake."""
    # Arrow would make the moments itself, but load pandas for it where that is installed.
    moments = map(from_micros, micros_of(snapshots).tolist())
    return _rows(moments, snapshots, {name: name for name in names if name != "timestamp"})


def json_rows(snapshots: pa.Table, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give rows ready for ``orjson``: the moment as text, then columns under the names that they are to have."""
    return _rows(moment_texts(micros_of(snapshots)), snapshots, names)


def json_texts(snapshots: pa.Table, names: Mapping[str, str]) -> list[bytes]:
    """Give what ``orjson`` makes of ``json_rows``, from columns of floats: no object is made for a row."""
    numbers = {name: source for name, source in names.items() if name != "timestamp"}
    form = b'{"timestamp":"%b"' + b"".join(b',"%b":%%b' % name.encode() for name in numbers) + b"}"
    moments = (text.encode() for text in moment_texts(micros_of(snapshots)))
    texts = row_texts(numbers_of(snapshots, list(numbers.values())))
    return [form % (moment, *text.split(b",")) for moment, text in zip(moments, texts, strict=True)]


def moment_texts(micros: Ints) -> list[str]:
    """Write microseconds since 1970 as ``to_iso`` does."""
    if len(micros) > _FEW:
        with suppress(TypeError):  # it cannot write the last two hours of the year 9999
            texts: list[str] = orjson.loads(orjson.dumps(micros.view("datetime64[us]"), option=_MOMENTS))
            return texts
    return [to_iso(from_micros(moment)) for moment in micros.tolist()]


def _rows(moments: Iterable[Any], snapshots: pa.Table, names: Mapping[str, str]) -> list[dict[str, Any]]:
    sources = [source for name, source in names.items() if name != "timestamp"]
    # By their places: by name, a table would ask its schema anew for each.
    places = list(map(snapshots.schema.get_field_index, sources))
    if min(places, default=0) < 0:
        raise KeyError(sources)
    few = range(snapshots.num_rows if snapshots.num_rows <= _FEW else 0)
    columns = [
        [column[row].as_py() for row in few] if few else _values(column) for column in map(snapshots.column, places)
    ]
    keys = ("timestamp", *(name for name in names if name != "timestamp"))
    return [dict(zip(keys, row, strict=True)) for row in zip(moments, *columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Give the values of a column; Arrow takes ten times as long over many numbers as numpy does."""
    numeric = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    values: list[Any] = column.to_numpy().tolist() if numeric and not column.null_count else column.to_pylist()
    return values


def snapshot_objects(answer: Answer) -> Iterator[dict[str, Any]]:
    """Give the snapshots of an answer, ready for ``orjson``: with ``strike_data`` if it has ladders."""
    return _objects(answer, _strike_data)


def snapshot_lines(answer: Answer) -> Iterator[bytes]:
    """Give the same as JSON texts, made from columns: no object for a strike."""
    return map(orjson.dumps, _objects(answer, strike_texts))


def _objects(answer: Answer, strike_data: Callable[[Answer], Iterator[Any]]) -> Iterator[dict[str, Any]]:
    ladders = None if answer.ladders is None else strike_data(answer)
    for made in json_rows(answer.snapshots, _FIELDS_AND_KEPT):
        kept = [(name, made.pop(name)) for name in KEPT]
        if ladders is not None:
            made[STRIKE_DATA] = next(ladders)
        for name, text in kept:
            if text:
                # A fragment: the words of the source go out as they are, be they what no parser here would take.
                made[name] = orjson.Fragment(text)
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
    ends = accumulate(_counts(answer).to_numpy().tolist(), initial=0)
    texts = LadderTexts(answer.ladders)
    return (orjson.Fragment(texts.array(begin, end)) for begin, end in pairwise(ends))


def _strike_data(answer: Answer) -> Iterator[list[dict[str, Any]]]:
    counts = _counts(answer).to_pylist()
    rows = iter(strike_data(answer.ladders))
    return (list(islice(rows, count)) for count in counts)


def _counts(answer: Answer) -> pa.ChunkedArray:
    """Give the rows of each ladder, after making sure that they are all there."""
    counts = answer.snapshots.column("strike_count")
    held, wanted = (answer.ladders.num_rows if answer.ladders else 0), int(counts.to_numpy().sum())
    if held != wanted:
        raise ValueError(f"{answer.feed}: the ladders have {held:,} rows where the snapshots want {wanted:,}")
    return counts


def _priors_lists(ladders: pa.Table) -> pa.ListArray:
    priors = priors_of(ladders)
    present = ~np.isnan(priors[:, 0])
    ends = np.zeros(len(priors) + 1, np.int32)
    np.cumsum(present * np.int32(len(PRIORS)), out=ends[1:])
    held = priors if present.all() else priors[present]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(held.ravel()))
