"""Layouts: which fields a record has in which order, learnt once and checked for every record by its keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ....application.columns.schemas import DAYS, NUMBERS
from ....domain.envelope import KINDS, content_of, read_envelope
from ....domain.feed import FeedName

#: The scalar columns of a block, in the order in which ``Layout.names`` gives their fields.
SCALARS = ("timestamp", "ticker", *NUMBERS, *DAYS)
_REQUIRED = ("timestamp", "ticker", "spot", "zero_gamma")
#: What is remembered between records is bounded: a layout has this many fields with so many letters at the most, and
#: this many combinations of types. Records beyond are the domain model's.
_MOST_KEYS = 64
_MOST_LETTERS = 2048
_MOST_TYPES = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """How to take a record of certain keys apart.

    ``names`` are the source's fields, of all its ``keys``, for the columns ``present`` (indexes into ``SCALARS``);
    ``extras`` the fields that have no column. ``good_types`` remembers the combinations of types that were found good.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    present: tuple[int, ...]
    extras: tuple[str, ...]
    has_max_priors: bool
    good_types: set[tuple[type, ...]] = field(default_factory=set, compare=False)

    def types_good(self, row: list[Any]) -> bool:
        """Whether the values of ``names`` have the types that the columns need."""
        types = tuple(map(type, row))
        if types in self.good_types:
            return True
        if all(kind in _types_of(column) for column, kind in zip(self.present, types, strict=True)):
            if len(self.good_types) < _MOST_TYPES:
                self.good_types.add(types)
            return True
        return all(map(_fits, self.present, row))

    def columns_good(self, columns: list[list[Any]]) -> bool:
        """Whether the values of ``names``, column by column, have the types that the columns need."""
        return all(
            _types_of(column).issuperset(map(type, values)) or all(_fits(column, value) for value in values)
            for column, values in zip(self.present, columns, strict=True)
        )

    def without_misfits(self, row: list[Any]) -> Layout | None:
        """Give the layout that keeps optional fields as extras where they hold no number; None if it is this one."""
        misfits = [
            name
            for name, column, value in zip(self.names, self.present, row, strict=True)
            if SCALARS[column] not in _REQUIRED and not _fits(column, value)
        ]
        return self.keeping(*misfits) if misfits else None

    def keeping(self, *fields: str) -> Layout | None:
        """Give the layout that keeps optional fields as extras, as it does its own."""
        return _layout_of(self.keys, frozenset(self.extras).union(fields))


@lru_cache(maxsize=len(SCALARS))
def _types_of(column: int) -> frozenset[type]:
    """Say which types the values of a column may have."""
    name = SCALARS[column]
    if name == "ticker":
        return frozenset({str})
    if name == "timestamp":
        return frozenset({int, float, str})
    return frozenset({int}) if name in DAYS else frozenset({int, float})


def _fits(column: int, value: Any) -> bool:
    """Whether a value may stand in a column: its type does, or it is a number of whole days."""
    return type(value) in _types_of(column) or (
        SCALARS[column] in DAYS and isinstance(value, float) and value.is_integer()
    )


def layout_of(keys: tuple[str, ...]) -> Layout | None:
    """Give the layout of a record, or None when only the domain model can judge it.

    That is so when a required field is missing or a field is named twice. Or a name holds a NUL, at which simdjson's
    look-up ends.
    """
    return _layout_of(keys) if _can_be_remembered(keys) else None


def envelope_layout(keys: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """Give the field that holds the record and the envelope's others; None for what is no envelope of its kind."""
    return _envelope_layout(keys) if _can_be_remembered(keys) else None


def envelope_meaning(names: tuple[str, ...], value: Callable[[str], object]) -> tuple[FeedName, bool]:
    """Say which feed an envelope names and whether to skip it, by the names of its fields and their values."""
    kind_name = next((name for name in KINDS if name in names), None)
    # What is no text is of another kind than any snapshot.
    kind = None if kind_name is None else found if isinstance(found := value(kind_name), str) else ""
    endpoint = found if "endpoint" in names and isinstance(found := value("endpoint"), str) else None
    short = len(kind or "") + len(endpoint or "") <= _MOST_LETTERS
    return (_envelope_meaning if short else _envelope_meaning.__wrapped__)(kind, endpoint)


def _can_be_remembered(keys: tuple[str, ...]) -> bool:
    return len(keys) <= _MOST_KEYS and sum(map(len, keys)) <= _MOST_LETTERS


@lru_cache(maxsize=1024)
def _layout_of(keys: tuple[str, ...], misfits: frozenset[str] = frozenset()) -> Layout | None:
    fields = set(keys)
    if any("\0" in key for key in keys):
        return None
    spot = "spot" if "spot" in fields else "spot_price"
    if len(fields) < len(keys) or not {"timestamp", "ticker", spot, "zero_gamma", "strikes"} <= fields:
        return None
    fields -= misfits
    source = {name: name for name in SCALARS} | {"spot": spot}
    present = tuple(n for n, name in enumerate(SCALARS) if source[name] in fields)
    names = tuple(source[SCALARS[n]] for n in present)
    rest = set(keys) - set(names) - {"strikes"} - (fields & {"max_priors"})
    extras = tuple(key for key in keys if key in rest)
    return Layout(keys, names, present, extras, "max_priors" in fields)


@lru_cache(maxsize=1024)
def _envelope_layout(keys: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    content = content_of(keys)
    if content is None or len(set(keys)) < len(keys) or any("\0" in key for key in keys):
        return None
    return content, tuple(key for key in keys if key != content)


@lru_cache(maxsize=4096)
def _envelope_meaning(kind: str | None, endpoint: str | None) -> tuple[FeedName, bool]:
    fields = {"kind": kind, "endpoint": endpoint}
    return read_envelope({name: value for name, value in fields.items() if value is not None})


@lru_cache(maxsize=4096)
def json_key(name: str) -> str:
    """Write a field's name as JSON."""
    return json.dumps(name, ensure_ascii=False)
