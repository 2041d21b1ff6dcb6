"""The lines of a journal entry: each note as one line of JSON, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
from pydantic import BaseModel

from ...application.columns.schemas import REJECT_SCHEMA, UTC_MICROS
from ...application.ports.journal import (
    FileAdded,
    FileRecounted,
    FilesForgotten,
    Note,
    PartAdded,
    PartDropped,
    RejectsAdded,
    RejectsKept,
    RejectsMarked,
    RunSaved,
    Whole,
)
from ...application.ports.lineage_store import StoredReject
from ...domain.parts import Part
from ...domain.rejects import Reject
from ...domain.runs import Counts, ImportRun, SourceFileRecord


class _Kind(NamedTuple):
    """How one kind of note is written as JSON, and read back."""

    note: Callable[..., Note]
    write: Callable[[Any], object]
    read: Callable[[Any], Note]


def _of_model(note: Callable[[Any], Note], model: type[BaseModel]) -> _Kind:
    """Write notes that hold a model, and nothing else."""
    return _Kind(note, lambda told: told[0].model_dump(mode="json"), lambda found: note(model.model_validate(found)))


_KINDS = {
    "whole": _Kind(Whole, lambda _: True, lambda _: Whole()),
    "run": _of_model(RunSaved, ImportRun),
    "file": _of_model(FileAdded, SourceFileRecord),
    "recounted": _Kind(
        FileRecounted,
        lambda note: [note.file_id, note.change.model_dump()],
        lambda found: FileRecounted(found[0], Counts(**found[1])),
    ),
    "forgotten": _Kind(FilesForgotten, lambda note: note.file_ids, lambda found: FilesForgotten(tuple(found))),
    "rejects": _Kind(
        RejectsAdded, lambda note: _reject_rows(note.rejects), lambda rows: RejectsAdded(_reject_batch(rows))
    ),
    "kept": _Kind(
        RejectsKept,
        lambda note: [_stored_row(stored) for stored in note.rejects],
        lambda rows: RejectsKept(tuple(_stored_of(row) for row in rows)),
    ),
    "marked": _Kind(
        RejectsMarked,
        lambda note: [note.import_id, note.reject_ids],
        lambda found: RejectsMarked(tuple(found[1]), found[0]),
    ),
    "part": _of_model(PartAdded, Part),
    "dropped": _Kind(PartDropped, lambda note: note.name, PartDropped),
}
_NAMES = {kind.note: name for name, kind in _KINDS.items()}


class UnknownNote(Exception):  # no error of the line
    """A note is of a kind that is not known here."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def line_of(note: Note) -> bytes:
    """Write a note as a line; ASCII, for file names may hold what UTF-8 cannot carry."""
    name = _NAMES[type(note)]
    return json.dumps({name: _KINDS[name].write(note)}, separators=(",", ":")).encode("ascii") + b"\n"


def note_of(line: bytes) -> Note:
    """Read a note back.

    Raises:
        ValueError: it is none.
        UnknownNote: it is of a kind that a newer gexlake writes.
    """
    ((name, found),) = json.loads(line).items()
    if name not in _KINDS:
        raise UnknownNote(name)
    return _KINDS[name].read(found)


def _reject_rows(rejects: pa.RecordBatch) -> list[dict[str, Any]]:
    micros = rejects.column("timestamp").cast(pa.int64()).to_pylist()
    rows: list[dict[str, Any]] = rejects.drop_columns("timestamp").to_pylist()
    return [
        row | {"timestamp": moment, "raw": base64.b64encode(row["raw"]).decode()}
        for row, moment in zip(rows, micros, strict=True)
    ]


def _reject_batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    columns = {name: [row[name] for row in rows] for name in REJECT_SCHEMA.names}
    columns["raw"] = [base64.b64decode(raw) for raw in columns["raw"]]
    columns["timestamp"] = pa.array(columns["timestamp"], pa.int64()).cast(UTC_MICROS)
    return pa.RecordBatch.from_pydict(columns, schema=REJECT_SCHEMA)


def _stored_row(stored: StoredReject) -> dict[str, Any]:
    row = stored.reject.model_dump(mode="json", exclude={"raw"})
    row["raw"] = base64.b64encode(stored.reject.raw).decode()
    return row | {"reject_id": stored.reject_id, "file_id": stored.file_id, "replayed_in": stored.replayed_in}


def _stored_of(row: dict[str, Any]) -> StoredReject:
    reject = Reject.model_validate(row | {"raw": base64.b64decode(row["raw"])})
    return StoredReject(row["reject_id"], "", "", row["file_id"], reject, row["replayed_in"])
