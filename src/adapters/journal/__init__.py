"""The journal as small files of JSON lines, and what fills it and reads it."""

from __future__ import annotations

from .files import FileJournal

__all__ = ["FileJournal"]
