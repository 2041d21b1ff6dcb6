"""dependency-injector's containers and providers, without the half second that it spends on loading other libraries.

It loads those that are installed: web frameworks for a way of wiring that is not used here, as routes read the
container from the application's state; others for settings that it could read, but gexlake reads its own. A command
that asks the lake one question would wait longer for them than for the answer.
"""

from __future__ import annotations

import sys
from typing import Any, cast

_modules = cast("dict[str, Any]", sys.modules)
_optional = ("fastapi.params", "starlette.requests", "werkzeug.local", "pydantic_settings", "yaml")
_hidden = [name for name in _optional if name not in _modules]
for _name in _hidden:
    _modules[_name] = None  # how Python spells: there is no such module
try:
    from dependency_injector import containers, providers
finally:
    for _name in _hidden:
        del _modules[_name]

__all__ = ["containers", "providers"]
