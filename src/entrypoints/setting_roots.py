"""The kind of setting that names folders."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode


def _split(value: Any) -> Any:
    """Take ``a:b`` (``a;b`` on Windows) and ``a,b`` apart; a list stays one."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in re.split(f"[,{re.escape(os.pathsep)}]", value) if part.strip()]


#: Folders, as text separated by commas or as PATH is.
Roots = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_split)]
