"""All decoders, so that tests can hold them against each other."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from gexlake.adapters.legacy import COMPILED
from gexlake.adapters.legacy.decoding.decoder import Decoder
from gexlake.adapters.legacy.decoding.portable import PortableDecoder
from gexlake.adapters.legacy.decoding.simd import SimdDecoder

#: Whether gexlake was compiled here: it is installed without where there is no compiler.
IS_COMPILED = importlib.util.find_spec(COMPILED) is not None


def compiled() -> Decoder:
    """Make the decoder that is at work where all is installed."""
    from gexlake.adapters.legacy.decoding.usual import UsualDecoder

    return UsualDecoder(SimdDecoder())


DECODERS: tuple[Callable[[], Decoder], ...] = (SimdDecoder, PortableDecoder, *((compiled,) if IS_COMPILED else ()))
