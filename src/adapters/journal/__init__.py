"""The journal as small files of JSON lines, what fills it and reads it, and the commit that writes it."""

from __future__ import annotations

from .files import FileJournal

__all__ = ["FileJournal"]
