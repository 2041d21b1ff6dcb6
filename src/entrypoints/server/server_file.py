"""``server.json`` in a lake's folder: who serves the lake, and the token by which it takes work from its owner."""

from __future__ import annotations

import json
import os
import platform
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...adapters.disk.lake_folder import SERVER_FILE

#: Bytes. What a server writes is a hundredth of it.
_LONGEST = 64 * 1024
#: Below it lie a server's routes for commands on its machine.
HANDOFF = "/handoff"
#: Below it lie the questions that its stores answer.
STORES = f"{HANDOFF}/stores"


@dataclass(frozen=True, slots=True)
class ServerFile:
    """What a server leaves in its lake for the commands beside it.

    Whoever can read the file may do with the lake what they like anyway, so the token in it opens any folder to an
    import, not only the source roots.
    """

    pid: int
    url: str
    token: str = field(repr=False)
    machine: str = ""

    @classmethod
    def of_this_process(cls, url: str) -> ServerFile:
        """Make that of a server in this process, with a token of its own."""
        return cls(os.getpid(), url, secrets.token_urlsafe(32), platform.node())

    def write(self, lake: Path) -> None:
        """Write it, whole at once, for the eyes of the lake's owner only; this process has the lake by then.

        Raises:
            OSError: there is no room for it, say; no draft of it stays.
        """
        # One name for all: a server that was killed over its draft leaves it to the next one.
        draft = lake / f"{SERVER_FILE}.new"
        draft.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(asdict(self), file)
            draft.replace(lake / SERVER_FILE)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def remove(self, lake: Path) -> None:
        """Remove it, unless another server has written its own since."""
        if _read(lake) == self:
            (lake / SERVER_FILE).unlink(missing_ok=True)


def find_server(lake: Path) -> ServerFile | None:
    """Give the server of a lake; None if there is none, or if the one that wrote the file is dead."""
    found = _read(lake)
    return found if found is not None and _lives(found) else None


def _read(lake: Path) -> ServerFile | None:
    path = lake / SERVER_FILE
    try:
        if not path.is_file():  # a pipe would be waited for, a device read without an end
            return None
        with path.open("rb") as file:
            return ServerFile(**json.loads(file.read(_LONGEST)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None  # not there, not ours to read, or not what a server has written


def _lives(server: ServerFile) -> bool:
    """Whether the process is there; one of another machine, on a shared disk, cannot be asked."""
    if server.machine != platform.node() or type(server.pid) is not int or server.pid <= 0:
        return False
    if os.name == "nt":
        return True  # there a signal would end the process; whether it answers is found out by asking
    try:
        os.kill(server.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # somebody else's
    return True
