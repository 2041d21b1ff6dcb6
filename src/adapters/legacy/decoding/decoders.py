"""Which decoder reads: the quickest that there is here."""

from __future__ import annotations

import importlib.util
import threading

from .decoder import Decoder


class _OfThread(threading.local):
    """What each thread has for itself: a decoder writes where it has written before."""

    decoder: Decoder | None = None


_OF_THREAD = _OfThread()


def make_decoder() -> Decoder:
    """Give the thread's decoder: simdjson where it is installed, else the portable one; compiled code before it.

    The next file has the same one: its memory is there, and it has learnt what records look like.
    """
    decoder = _OF_THREAD.decoder = _OF_THREAD.decoder or _made()
    return decoder


def _made() -> Decoder:
    others: Decoder
    if importlib.util.find_spec("simdjson"):
        from .simd import SimdDecoder

        others = SimdDecoder()
    else:
        from .portable import PortableDecoder

        others = PortableDecoder()
    try:
        from .usual import UsualDecoder
    except ImportError:  # nobody could compile it where this was installed
        return others
    return UsualDecoder(others)
