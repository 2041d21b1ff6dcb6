"""Archives: they are not read, but of one that holds history that has to be said, whatever its name is."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from .kinds import TAR, TAR_AT, ZIP

#: What is packed otherwise than by gzip is not read, but it is history, of which that has to be said.
_HISTORY = re.compile(r"\.(?:json|jsonl|ndjson)(?:\.(?:gz|zst|xz|bz2|lz4|zip|7z))?$", re.IGNORECASE)
#: So many bytes of a file tell whether it is an archive.
HEAD = TAR_AT + len(TAR)
#: So many members of a tar archive are looked at: it has no list of them, so that each takes a look into the file.
_MOST_MEMBERS = 1_000


def named_history(name: str) -> bool:
    """Whether a name says that there is JSON in a file, or was before it was packed."""
    return _HISTORY.search(name) is not None


def holds_history(path: Path, head: bytes) -> bool:
    """Whether a file that begins with these bytes is an archive with a file in it whose name says JSON.

    One that cannot be looked into may hold some.

    Raises:
        OSError: the system refuses the file.
    """
    if not (head.startswith(ZIP) or head.startswith(TAR, TAR_AT)):
        return False
    try:
        return any(map(named_history, _zipped(path) if head.startswith(ZIP) else _taped(path)))
    except OSError:
        raise
    except Exception:  # noqa: BLE001  of an archive that is damaged its reader may say anything
        return True


def _zipped(path: Path) -> list[str]:
    from zipfile import ZipFile

    with ZipFile(path) as archive:
        return archive.namelist()


def _taped(path: Path) -> list[str]:
    import tarfile

    with tarfile.open(path, "r:") as archive:
        return [member.name for member in islice(archive, _MOST_MEMBERS)]
