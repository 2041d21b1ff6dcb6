"""What in a folder is a lake's own: history may lie beside it."""

from __future__ import annotations

from collections.abc import Collection

#: The file that makes a folder a lake.
LAKE_FILE = "gex.duckdb"
SERVER_FILE = "server.json"
JOURNAL = "journal"
LADDERS = "strikes"
SNAPSHOTS = "snapshots"
STAGING = "staging"
QUARANTINE = "quarantine"
#: A file that says where the ladders lie, unless they lie in here.
SINK_NOTE = "strike_sink"


def lake_names(files: Collection[str]) -> set[str]:
    """Give the names that a lake has in a folder with these files; none if there is no lake."""
    if LAKE_FILE not in files:
        return set()
    own = {name for name in files if name.startswith((LAKE_FILE, SERVER_FILE))}
    return own | {JOURNAL, LADDERS, SNAPSHOTS, STAGING, QUARANTINE, SINK_NOTE}
