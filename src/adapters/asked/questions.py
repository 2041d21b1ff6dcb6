"""The questions that a command may put to the stores of a server's lake, and how they and the answers are written.

They are the questions of the ports themselves: what they take and give is written as JSON, tables as Arrow streams.
Nothing that changes a store is among them.
"""

from __future__ import annotations

import inspect
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import pyarrow as pa
from pydantic import BaseModel, TypeAdapter

from ...application.ports.lineage_store import LineageStore
from ...application.ports.snapshot_store import SnapshotStore

PORTS = {"snapshots": SnapshotStore, "lineage": LineageStore}
#: What may be asked, by the store's name in a lake.
QUESTIONS = {
    "snapshots": ("known", "parts", "feeds", "latest", "as_of", "between", "days", "tallies"),
    "lineage": ("runs", "run", "files", "file", "rejects", "count_rejects", "reject"),
}
#: Marks bytes in JSON: the one key of an object. No field of anything is called so.
_BYTES = "base64:"


class StoreQuestion:
    """One method of a port, as it goes to another process and back. What is iterated over comes as a list."""

    def __init__(self, port: type, name: str) -> None:
        self.name = name
        method = getattr(port, name)
        self._signature = inspect.signature(method)
        hints = get_type_hints(method)
        given = hints.pop("return")
        self._arguments = {argument: TypeAdapter[Any](hint) for argument, hint in hints.items()}
        if get_origin(given) is Iterator:
            given = list[get_args(given)[0]]  # type: ignore[misc]  # known when this runs
        self._answer = None if given is pa.Table else TypeAdapter[Any](given)

    def written(self, *arguments: Any, **named: Any) -> bytes:
        """Write down what a store is asked with."""
        bound = self._signature.bind(None, *arguments, **named).arguments
        return _dumped({name: bound[name] for name in self._arguments if name in bound})

    def put(self, store: Any, written: bytes) -> bytes:
        """Ask a store, and write down its answer.

        Raises:
            ValueError: nobody would ask so.
        """
        given = _loaded(written)
        named = {name: self._arguments[name].validate_python(value) for name, value in given.items()}
        found = getattr(store, self.name)(**named)
        if self._answer is not None:
            return _dumped(list(found) if isinstance(found, Iterator) else found)
        out = pa.BufferOutputStream()
        with pa.ipc.new_stream(out, found.schema) as stream:
            stream.write_table(found)
        return bytes(out.getvalue())

    def read(self, answer: bytes) -> Any:
        """Give the answer that was written down."""
        if self._answer is None:
            return pa.ipc.open_stream(answer).read_all()
        return self._answer.validate_python(_loaded(answer))


@cache
def question(store: str, name: str) -> StoreQuestion:
    """Give a question that may be asked.

    Raises:
        KeyError: it may not.
    """
    if name not in QUESTIONS[store]:
        raise KeyError(name)
    return StoreQuestion(PORTS[store], name)


def _dumped(value: Any) -> bytes:
    """Write JSON in ASCII: unlike other ways, it holds the halves of characters that stand for odd bytes of names."""
    return json.dumps(value, default=_plain).encode()


def _plain(value: Any) -> Any:
    """Give what JSON has no word for in its words."""
    if isinstance(value, BaseModel):
        return dict(value)
    if isinstance(value, bytes):
        return {_BYTES: b64encode(value).decode()}
    return value.isoformat() if isinstance(value, date) else list(value)


def _loaded(written: bytes) -> Any:
    return json.loads(written, object_hook=lambda held: b64decode(held[_BYTES]) if _BYTES in held else held)
