"""What an in-memory lake remembers: dictionaries of values that never change, so that a copy is cheap."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import pyarrow as pa

from ...application.ports.lineage_store import StoredReject
from ...domain.parts import Part
from ...domain.runs import ImportRun, RunStatus, SourceFileRecord

_POSITION = "position"


@dataclass(slots=True)
class Book:
    """Everything but the ladders; also the ``PartBook`` of the lake."""

    parts: dict[str, Part] = field(default_factory=dict)
    snapshots: dict[str, pa.Table] = field(default_factory=dict)
    retired_parts: dict[str, Part] = field(default_factory=dict)
    runs: dict[str, ImportRun] = field(default_factory=dict)
    files: dict[int, SourceFileRecord] = field(default_factory=dict)
    rejects: dict[int, StoredReject] = field(default_factory=dict)
    journal: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Book:
        """Copy the dictionaries, not what is in them."""
        return Book(*(dict(getattr(self, column.name)) for column in fields(self)))

    def take_over(self, changed: Book, before: Book) -> None:
        """Do what was done to ``changed`` since it was a copy of ``before``; anything else stays as it is."""
        for column in fields(self):
            mine, theirs, base = (getattr(book, column.name) for book in (self, changed, before))
            for key in base.keys() - theirs.keys():
                mine.pop(key, None)
            mine.update({key: value for key, value in theirs.items() if base.get(key) is not value})

    def in_place(self) -> None:
        """Take it for in its place: nobody moves what lies in memory."""

    def parts_of_unit(self, unit: str) -> list[Part]:
        return [part for part in self.parts.values() if part.key.unit == unit]

    def retire(self, part: Part) -> None:
        self.retired_parts[part.key.name] = part

    def retired(self) -> list[Part]:
        return list(self.retired_parts.values())

    def forget_retired(self, part: Part) -> None:
        self.retired_parts.pop(part.key.name, None)

    def end_running(self) -> None:
        for import_id, run in self.runs.items():
            if run.status is RunStatus.RUNNING:
                self.runs[import_id] = run.model_copy(update={"status": RunStatus.INTERRUPTED})

    def journal_position(self) -> int:
        return self.journal.get(_POSITION, 0)

    def note_journal_position(self, number: int) -> None:
        self.journal[_POSITION] = number
