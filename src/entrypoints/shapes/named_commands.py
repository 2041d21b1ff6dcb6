"""Commands that sentences name, on the lake that they are about."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

#: A command that a sentence names, without its lake; 'plugins' opens none, and neither does a help.
_NAMED = re.compile("'gexlake (?!plugins|[^']*--(?:help|lake))([^']+)'")


def command_on(lake: Path | None, words: str) -> str:
    """Give a command to try next, on a lake, or on that of the settings."""
    return f"gexlake {words}" + (f" --lake {shlex.quote(str(lake))}" if lake else "")


def commands_on(lake: Path | None, sentence: str) -> str:
    """Have the commands that a sentence names, in single quotes, work on a lake, or on that of the settings."""
    return _NAMED.sub(lambda found: f"'{command_on(lake, found[1])}'", sentence)
