"""Texts that come from a source, written so that whatever stores or prints them can."""

from __future__ import annotations


def escaped(text: str) -> str:
    r"""Write halves of characters as escapes, such as ``\ud800``.

    JSON may hold them, and Python reads bytes of a file name that are not UTF-8 as such; UTF-8 cannot carry them.
    """
    return text.encode("utf-8", "backslashreplace").decode()
