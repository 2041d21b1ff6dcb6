"""Texts that come from a source, written so that whatever stores or prints them can."""

from __future__ import annotations

from pathlib import PurePath


def escaped(text: str | PurePath) -> str:
    r"""Write halves of characters in a text, or a path, as escapes, such as ``\ud800``.

    JSON may hold them, and Python reads bytes of a file name that are not UTF-8 as such; UTF-8 cannot carry them.
    """
    return str(text).encode("utf-8", "backslashreplace").decode()
