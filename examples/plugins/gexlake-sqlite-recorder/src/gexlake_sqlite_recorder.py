"""Reads the SQLite database of a recorder: a table of snapshots, and one of their strikes."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any

from gexlake.plugins import ReaderFactory, SourceUnreadable, hookimpl

SNAPSHOTS = "SELECT id, 'snapshot', * FROM snapshots ORDER BY id"
STRIKES = "SELECT snapshot_id, 'strike', strike, gamma, oi_gamma, priors FROM strikes ORDER BY snapshot_id, strike"


@hookimpl
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Bring the reader, by the name for ``--reader``."""
    return {"sqlite-recorder": SqliteRecorderReader}


class SqliteRecorderReader:
    """Gives each snapshot with its strikes, in the order of the ids."""

    name = "sqlite-recorder"

    def knows(self, file: Path) -> bool:
        """Whether the file is a SQLite database that has both tables."""
        with file.open("rb") as opened:
            if opened.read(16) != b"SQLite format 3\0":
                return False
        try:
            with closing(open_database(file)) as database:
                return bool(database.execute("SELECT id, snapshot_id FROM snapshots, strikes LIMIT 0"))
        except sqlite3.Error:
            return False

    def records(self, file: Path) -> Iterator[Mapping[str, Any]]:
        """Walk through both tables side by side, so that memory holds one snapshot at a time."""
        try:
            with closing(open_database(file)) as database:
                rows = merge(database.execute(SNAPSHOTS), database.execute(STRIKES), key=snapshot_id)
                for _, rows_of_one in groupby(rows, key=snapshot_id):
                    yield fields(rows_of_one)
        except sqlite3.Error as error:
            cure = "name one that the recorder wrote, or save what is left of it with 'sqlite3 FILE .recover'"
            raise SourceUnreadable(f"is no sound database of the recorder ({error}); {cure}") from error


def open_database(file: Path) -> sqlite3.Connection:
    """Open it to be read only; not as immutable, or SQLite would pass over what a recorder at work wrote last."""
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.text_factory = lambda text: text.decode(errors="surrogateescape")
    database.execute("BEGIN")  # both tables are read as they are at one moment
    return database


def snapshot_id(row: sqlite3.Row) -> int:
    """Give the id that brings rows together; strikes that name no snapshot are together, too."""
    return row[0] if isinstance(row[0], int) else -1


def fields(rows: Iterable[sqlite3.Row]) -> dict[str, Any]:
    """Make a record of the rows with one id; what breaks a rule, as strikes without a snapshot do, gexlake rejects."""
    record, ladder = {}, []
    for row in rows:
        if row[1] == "strike":
            ladder.append([row["strike"], row["gamma"], row["oi_gamma"], parsed(row["priors"]) or []])
        else:  # without the id: with it, two recordings of one snapshot would never be the same
            columns = [name for name in row.keys()[2:] if name != "id" and row[name] is not None]
            record = {name: parsed(row[name]) if name == "max_priors" else row[name] for name in columns}
    return record | {"strikes": ladder}


def parsed(text: Any) -> Any:
    """Parse JSON; what is none is left for the rules to judge."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text
