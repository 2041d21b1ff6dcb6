"""Memory that is freed and soon needed again stays with the process."""

from __future__ import annotations

import ctypes
import sys

#: A few large answers.
_KEPT_BYTES = 16 << 20
#: How glibc names what it can be told: how much may lie free before it is given back, and what is large enough to be
#: had from the system alone, and given back at once.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> None:
    """Have the allocator keep a little of what was freed, where it is one that can be told.

    An answer of megabytes would be written into pages that the system has to clear first, each time anew.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
