"""Loads what workers need into the server that they are forked from: else each would, when it first reads.

A worker looks for garbage again and again, but never among what was there before it: that would copy what all share.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

_ROOT = __name__.partition(".")[0]
#: What takes long to import; one that is not there is left out.
_HEAVY = (
    f"{_ROOT}.application.importing.staging.stage_unit",
    f"{_ROOT}.adapters.legacy.reading",
    f"{_ROOT}.adapters.legacy.decoding.usual",
    f"{_ROOT}.adapters.parquet.sink",
    f"{_ROOT}.adapters.parquet.source",
    # Loaded by what they belong to only at the first use.
    "numpy.ma",
    "pyarrow.compute",
)
#: Of these the first that is there reads what is unusual, or all.
_DECODERS = (f"{_ROOT}.adapters.legacy.decoding.simd", f"{_ROOT}.adapters.legacy.decoding.portable")

gc.disable()  # modules make many objects and hardly any garbage
for _name in _HEAVY:
    with suppress(ImportError):
        import_module(_name)
for _name in _DECODERS:
    with suppress(ImportError):
        import_module(_name)
        break
gc.enable()
gc.freeze()
