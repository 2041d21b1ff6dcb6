"""Parts of the sentences in which errors are told."""

from __future__ import annotations

from collections.abc import Sequence

from .escapes import escaped

#: Letters that are told of an error which is not ours.
_WIDTH = 300


def in_a_line(error: BaseException) -> str:
    """Say in one line what somebody else's code failed of."""
    try:
        text = escaped(" ".join(str(error).split()))[:_WIDTH]
    except Exception:  # noqa: BLE001  # it cannot even say what it is
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def a_few(names: Sequence[str], most: int = 3) -> str:
    """Name some of many, as many as fit into a sentence."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
