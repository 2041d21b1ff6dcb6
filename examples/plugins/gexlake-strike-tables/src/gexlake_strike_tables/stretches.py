"""Stretches: consecutive rows that make whole snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .cells import AFTER, BEFORE, DAMAGE, KEYS, LADDER, PRIORS, codes, number, said
from .tables import CsvRows, ParquetRows

#: So much of a run of damage is kept with the rows beside it.
_DAMAGE_KEPT = 1 << 20


@dataclass(frozen=True)
class Stretch:
    """Rows of whole snapshots; ``first`` is the number of the first snapshot in its file."""

    table: pa.Table
    first: int
    bytes_done: int

    @cached_property
    def begins(self) -> npt.NDArray[np.bool_]:
        """Tell which rows begin a snapshot; shape (rows,)."""
        found = np.ones(len(self.table), np.bool_)
        keys = [codes(self.column(name)) for name in KEYS if name in self.table.column_names]
        found[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
        return found

    @cached_property
    def starts(self) -> npt.NDArray[np.intp]:
        """The first row of each snapshot."""
        return np.flatnonzero(self.begins)

    @cached_property
    def counts(self) -> npt.NDArray[np.intp]:
        """How many rows each snapshot has."""
        return np.diff(self.starts, append=len(self.table))

    def column(self, name: str) -> pa.Array:
        """Give a column as one array; nulls if there is none of that name."""
        if name not in self.table.column_names:
            return pa.nulls(len(self.table))
        return self.table.column(name).combine_chunks()

    def record(self, n: int) -> dict[str, Any]:
        """Make a record of the rows of a snapshot, for the rules to judge.

        Where the rows do not agree about a field of the snapshot, the field has all their values. A line that is no row
        stands among the strikes, word for word.
        """
        rows = self.table.slice(self.starts[n], self.counts[n]).to_pylist()
        record: dict[str, Any] = {}
        for name in [name for name in rows[0] if name not in (*LADDER, *PRIORS, BEFORE, AFTER)]:
            values = list({repr(row[name]): said(name, row[name]) for row in rows if row[name] is not None}.values())
            if values:
                record[name] = values[0] if len(values) == 1 else values
        before = [rows[0][BEFORE]] if rows[0][BEFORE] is not None else []
        return record | {"strikes": [*before, *(entry for row in rows for entry in _entries(row))]}


def stretches(rows: CsvRows | ParquetRows) -> Iterator[Stretch]:
    """Cut the rows of a file between snapshots; a snapshot that its last line tears is left out."""
    first, done, damage = 0, 0, ""
    held: pa.Table | None = None
    for table, done in rows:  # the last one is told at the end, too
        held, damage = _joined(held, table, damage)
        last = Stretch(held, first, done).starts[-1] if len(held) else 0
        if last:
            whole = Stretch(held.slice(0, last), first, done)
            yield whole
            held, first = held.slice(last), first + len(whole.starts)
    if held is not None and len(held) and not (rows.torn and _may_continue(held, rows.torn)):
        yield Stretch(held, first, done)
    elif damage and not first:
        yield Stretch(_nothing_but(damage, held), first, done)


def _entries(row: dict[str, Any]) -> Iterator[Any]:
    """Give the ladder row of a row, and the damage after it."""
    priors = [number(row.get(name)) for name in PRIORS]
    yield [number(row[name]) for name in LADDER] + ([] if priors == [None] * len(PRIORS) else [priors])
    if row[AFTER] is not None:
        yield row[AFTER]


def _joined(held: pa.Table | None, table: pa.Table, damage: str) -> tuple[pa.Table, str]:
    """Put rows behind those that are held; the damage among them goes to the rows before and after it.

    A line that is none may have been a strike of either snapshot beside it. ``damage`` is what came right before these
    rows, and what comes right after them.
    """
    lines = table.column(DAMAGE).to_pylist() if damage or table.column(DAMAGE).null_count < len(table) else None
    if lines is None:
        nothing = pa.nulls(len(table), pa.string())
        fresh, last = table.drop_columns([DAMAGE]).append_column(BEFORE, nothing).append_column(AFTER, nothing), ""
    else:
        before: list[str] = []
        after = [""]
        for line in lines:
            if line is None:
                before.append(damage)
                after.append("")
                damage = ""
            else:
                after[-1], damage = _more(after[-1], line), _more(damage, line)
        fresh = table.filter(pa.array([line is None for line in lines], pa.bool_())).drop_columns([DAMAGE])
        for name, texts in ((BEFORE, before), (AFTER, after[1:])):
            fresh = fresh.append_column(name, pa.array([text or None for text in texts], pa.string()))
        last = after[0]
    if held is None or not len(held):
        return fresh, damage
    if last:
        texts = held.column(AFTER).to_pylist()
        texts[-1] = _more(texts[-1] or "", last)
        held = held.set_column(held.column_names.index(AFTER), AFTER, pa.array(texts, pa.string()))
    return pa.concat_tables([held, fresh]), damage


def _more(text: str, line: str) -> str:
    return f"{text}\n{line}" if text and len(text) < _DAMAGE_KEPT else text or line


def _may_continue(held: pa.Table, torn: dict[str, str]) -> bool:
    """Tell whether a torn line may belong to the snapshot of the rows before: its whole cells say nothing else."""
    last = held.slice(len(held) - 1).to_pylist()[0]
    return all((last[name] or "") == torn[name] for name in KEYS if name in torn)


def _nothing_but(damage: str, empty: pa.Table) -> pa.Table:
    """Make a row of the damage that is all there is in a file."""
    columns = [pa.array([damage if field.name == BEFORE else None], field.type) for field in empty.schema]
    return pa.Table.from_arrays(columns, schema=empty.schema)
