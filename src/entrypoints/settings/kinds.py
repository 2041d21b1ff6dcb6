"""The kinds of values that settings have, beyond what pydantic knows; each error is half a sentence."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from .api_keys import parse_api_key

_REDIS = re.compile(r"(rediss?|unix)://\S+")
_RATE = re.compile(r"[1-9]\d*\s*(/|\s+per\s+)\s*([1-9]\d*\s*)?(second|minute|hour|day)s?", re.IGNORECASE)
NO_LIMIT = "off"


def _split(value: Any) -> Any:
    """Take texts apart at commas: a variable holds a list in one line."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _redis_url(value: str) -> str:
    if not _REDIS.fullmatch(value):
        raise ValueError("it is written redis://[user:password@]host:port/database, rediss:// or unix://")
    return value


def _rate(value: str) -> str:
    if value.lower() == NO_LIMIT:
        return NO_LIMIT
    if not all(_RATE.fullmatch(part.strip()) for part in value.split(";")):
        raise ValueError("it is written 6000/minute, 10/second;10000/day or off")
    return value


def _api_keys(values: tuple[str, ...]) -> tuple[str, ...]:
    keys = [parse_api_key(value) for value in values]
    if len({key.name for key in keys}) < len(keys) or len({key.secret for key in keys}) < len(keys):
        raise ValueError("two entries have the same name or the same key")
    return values


def _split_paths(value: Any) -> Any:
    """Take texts apart at commas, or as PATH is."""
    return _split(value.replace(os.pathsep, ",")) if isinstance(value, str) else value


#: Folders, as text separated by commas or as PATH is.
Roots = Annotated[tuple[Path, ...], BeforeValidator(_split_paths)]
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
ApiKeys = Annotated[tuple[str, ...], AfterValidator(_api_keys), BeforeValidator(_split)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
Rate = Annotated[str, AfterValidator(_rate)]
