"""The database as a file: how DuckDB is told its name, how it gets one for good, how it is copied."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from ...domain.errors import LakeUnnameable
from ...domain.escapes import escaped
from ..disk.files import sync_folder


def copy_database(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Copy a database as it is at this moment into a new file, in place of what was left of an earlier try."""
    name = name_of(target)
    for left in (target, log_of(target)):
        left.unlink(missing_ok=True)
    source = connection.execute("SELECT current_database()").fetchall()[0][0]
    # It must be said: a connection for reading would attach it for reading, too.
    connection.execute(f"ATTACH {_literal(name)} AS copied (READ_WRITE)")
    try:
        connection.execute(f'COPY FROM DATABASE "{source}" TO copied')
    finally:
        connection.execute("DETACH copied")


def name_of(path: Path) -> str:
    """Give the path of a file as DuckDB takes it: from the root, for to it ``~/lake`` and ``s3:lake`` mean more.

    It takes ``link/..`` for the folder that holds the link, where the system goes to the one above what it leads to,
    and names are UTF-8 to it, where Python reads and writes them in the encoding that the locale has.

    Raises:
        LakeUnnameable: it cannot take it. What is behind a question mark it looks for behind the name of the log, too,
            and a backslash it takes for what parts folders, everywhere.
    """
    name = str(path.parent.resolve() / path.name if ".." in path.parts else path.absolute())
    try:
        name = os.fsencode(name).decode()
    except UnicodeError:
        raise LakeUnnameable(escaped(path.parent), "is not UTF-8") from None
    if "?" in name:
        raise LakeUnnameable(escaped(Path(name).parent), "has a question mark in it, behind which DuckDB sees no file")
    if "\\" in name and os.sep != "\\":
        reason = "has a backslash in it, which DuckDB takes for a slash"
        raise LakeUnnameable(escaped(Path(name).parent), reason)
    return name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def log_of(path: Path) -> Path:
    """Say where DuckDB keeps what is not in the database file yet."""
    return path.with_name(f"{path.name}.wal")


def give_name(draft: Path, path: Path) -> None:
    """Give a finished file its name for good; if another process was quicker, its file is as good."""
    try:
        os.link(draft, path)  # unlike a rename it never takes the place of a file
    except FileExistsError:
        return
    except OSError:
        if path.exists():  # another process was quicker still, and has swept this draft away
            return
        draft.rename(path)  # a file system without hard links
    sync_folder(path.parent)
