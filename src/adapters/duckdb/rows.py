"""The rows of runs, source files, rejects and parts: the way from the domain's models to the tables and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Any

import pyarrow as pa

from ...application.columns.rejects import reject_rows
from ...application.columns.schemas import UTC_MICROS
from ...application.ports.lineage_store import StoredReject
from ...domain.feed import Feed
from ...domain.parts import Part, PartKey
from ...domain.rejects import Reject
from ...domain.runs import Counts, FileTally, ImportRun, SourceFileRecord
from ...domain.timestamps import from_micros, to_micros

COUNTS = tuple(Counts.model_fields)
TALLY = tuple(FileTally.model_fields)
#: So many rows of an answer are Python's objects at a time.
_AT_ONCE = 1_000

_SURROGATES = re.compile("[\ud800-\udfff]")
_SURROGATE_STAND_INS = re.compile("[\U0010d800-\U0010dfff]")
_PLANE = 0x100000


def storable(text: str) -> str:
    """Make a text that UTF-8 can carry: Python reads an undecodable byte of a file name as a lone surrogate.

    The stand-ins are private-use characters, which file names do not contain, so ``restored`` gives the text back.
    """
    return text if text.isascii() else _SURROGATES.sub(lambda found: chr(ord(found[0]) + _PLANE), text)


def restored(text: str) -> str:
    """Undo ``storable``."""
    return text if text.isascii() else _SURROGATE_STAND_INS.sub(lambda found: chr(ord(found[0]) - _PLANE), text)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def table(found: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Make a table of rows; moments become TIMESTAMPTZ."""
    return pa.table({name: _column([row[name] for row in found]) for name in found[0]})


def _column(values: list[Any]) -> pa.Array:
    if any(isinstance(value, datetime) for value in values):
        micros = [None if value is None else to_micros(value) for value in values]
        return pa.array(micros, UTC_MICROS)
    if isinstance(values[0], list | tuple):
        return pa.array([_storable(value) for value in values], pa.list_(pa.string()))
    return pa.array([_storable(value) for value in values])


def rows(found: pa.Table) -> Iterator[dict[str, Any]]:
    """Give the rows of an answer, moments as aware datetimes in UTC."""
    moments = [name for name, kind in zip(found.schema.names, found.schema.types, strict=True) if kind == UTC_MICROS]
    for name in moments:
        place = found.schema.get_field_index(name)
        # A view, not a cast: that loads pyarrow.compute, a tenth of a second which most commands do without.
        micros = pa.chunked_array([chunk.view(pa.int64()) for chunk in found.column(name).chunks], pa.int64())
        found = found.set_column(place, name, micros)
    for some in found.to_batches(_AT_ONCE):
        for row in some.to_pylist():
            for name in moments:
                row[name] = None if row[name] is None else from_micros(row[name])
            yield row


def run_row(run: ImportRun) -> dict[str, Any]:
    """Give the columns of a run."""
    return {
        "import_id": run.import_id,
        "source": run.source,
        "status": run.status.value,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "duration_seconds": run.duration_seconds,
        "dry_run": run.dry_run,
        "options": json.dumps(run.options, default=str),
        **{f"files_{name}": getattr(run.files, name) for name in TALLY},
        **{name: getattr(run.counts, name) for name in COUNTS},
        "bytes_read": run.bytes_read,
        "days": json.dumps([day.model_dump(mode="json") for day in run.days]),
        "errors": run.errors,
    }


def run_of(row: dict[str, Any]) -> ImportRun:
    """Make a run of its columns."""
    row["source"] = restored(row["source"])
    row["errors"] = [restored(error) for error in row["errors"]]
    row["options"], row["days"] = json.loads(row["options"]), json.loads(row["days"])
    files = {name: row[f"files_{name}"] for name in TALLY}
    return ImportRun.model_validate({**row, "files": files, "counts": row})


def file_row(file: SourceFileRecord) -> dict[str, Any]:
    """Give the columns of a reading."""
    return {
        **file.model_dump(exclude={"fingerprint", "counts", "status"}),
        "status": file.status.value,
        **file.fingerprint.model_dump(),
        **file.counts.model_dump(),
    }


def file_of(row: dict[str, Any]) -> SourceFileRecord:
    """Make a reading of its columns; each model takes out of the row what is its own.

    An import has those of all files in memory, in which much is the same from file to file: that lies there once.
    """
    row["source_file"] = restored(row["source_file"])
    row["errors"] = [restored(error) for error in row["errors"]]
    row |= {name: intern(row[name]) for name in ("import_id", "form", "selection")}
    row["feeds"] = [intern(feed) for feed in row["feeds"]]
    counts = _counts(tuple(row[name] for name in COUNTS))
    return SourceFileRecord.model_validate({**row, "fingerprint": row, "counts": counts})


@lru_cache(maxsize=10_000)
def _counts(values: tuple[int, ...]) -> Counts:
    return Counts(**dict(zip(COUNTS, values, strict=True)))


def reject_of(row: dict[str, Any]) -> StoredReject:
    """Make a reject of its columns, the reading's among them; they are empty where the reading is not known."""
    reject, source_file = Reject.model_validate(row), restored(row["source_file"] or "")
    return StoredReject(
        row["reject_id"], row["import_id"] or "", source_file, row["file_id"], reject, row["replayed_in"]
    )


def reject_table(found: Sequence[StoredReject]) -> pa.Table:
    """Give rejects with their numbers and marks."""
    batch = pa.Table.from_batches([reject_rows((stored.file_id, stored.reject) for stored in found)])
    numbers, marks = [stored.reject_id for stored in found], [stored.replayed_in for stored in found]
    return batch.append_column("reject_id", pa.array(numbers, pa.int64())).append_column(
        "replayed_in", pa.array(marks, pa.string())
    )


def part_row(part: Part) -> dict[str, Any]:
    """Give the columns of a part."""
    return {
        "name": part.key.name,
        "unit": part.key.unit,
        **part.key.feed._asdict(),
        "date": part.key.date,
        **part.model_dump(exclude={"key"}),
    }


def parts_of(found: Iterable[dict[str, Any]]) -> list[Part]:
    """Make parts of their columns."""
    return [
        Part(
            key=PartKey(
                name=row.pop("name"),
                unit=row.pop("unit"),
                feed=Feed(row.pop("ticker"), row.pop("package"), row.pop("category")),
                date=row.pop("date"),
            ),
            **row,
        )
        for row in found
    ]
