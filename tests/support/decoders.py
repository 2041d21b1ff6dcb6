"""All decoders, so that tests can hold them against each other."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from gexlake.adapters.legacy import COMPILED
from gexlake.adapters.legacy.decoding.decoder import Decoder
from gexlake.adapters.legacy.decoding.portable import PortableDecoder

#: Whether gexlake was compiled here: it is installed without where there is no compiler.
IS_COMPILED = importlib.util.find_spec(COMPILED) is not None


def _of_all_json() -> tuple[type[Decoder], ...]:
    if importlib.util.find_spec("simdjson") is None:
        return (PortableDecoder,)
    from gexlake.adapters.legacy.decoding.simd import SimdDecoder

    return (SimdDecoder, PortableDecoder)


#: Those that take all of JSON apart: the one that is at work here, and the portable one, which is the same where there
#: is no simdjson.
PLAIN = _of_all_json()
PlainDecoder = PLAIN[0]


def compiled() -> Decoder:
    """Make the decoder that is at work where all is installed."""
    from gexlake.adapters.legacy.decoding.usual import UsualDecoder

    return UsualDecoder(PlainDecoder())


DECODERS: tuple[Callable[[], Decoder], ...] = (*PLAIN, *((compiled,) if IS_COMPILED else ()))
