"""dependency-injector's containers and providers, without the half second that it spends on loading FastAPI.

It loads FastAPI wherever that is installed, for a way of wiring that is not used here: routes read the
container from the application's state. A command that asks the lake one question would wait longer for it
than for the answer.
"""

from __future__ import annotations

import sys
from typing import Any, cast

_FASTAPI = "fastapi.params"

_modules = cast("dict[str, Any]", sys.modules)
_hidden = _FASTAPI not in _modules
if _hidden:
    _modules[_FASTAPI] = None  # how Python spells: there is no such module
try:
    from dependency_injector import containers, providers
finally:
    if _hidden:
        del _modules[_FASTAPI]

__all__ = ["containers", "providers"]
