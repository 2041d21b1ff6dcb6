"""The settings: environment variables that begin with GEXLAKE_, overruled by the options of a command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..domain.errors import GexlakeError
from .setting_roots import Roots

PREFIX = "GEXLAKE_"


class SettingInvalid(GexlakeError):
    """A setting has a value that it cannot have."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"The setting {name} is wrong: {reason}. Correct or unset it.")


def cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """What can be set from outside; each field is an environment variable, GEXLAKE_LAKE for ``lake``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    lake: Path = Field(default=Path("lake"), description="The folder of the lake.")
    workers: int = Field(default_factory=cores, ge=1, description="How many files are parsed at a time.")
    cache: str = Field(default="memory", description="Where answers are remembered: the name of a cache.")
    lake_adapter: str = Field(default="duckdb", description="What keeps the lake: the name of an adapter.")
    work_pool: str = Field(default="processes", description="What runs the workers: the name of a work pool.")
    server_work_pool: str = Field(default="background", description="What runs the workers of a server's imports.")
    host: str = Field(default="127.0.0.1", description="Where the server listens.")
    port: int = Field(default=8080, ge=0, le=65535, description="The port that the server listens on; 0 is any.")
    source_roots: Roots = Field(default=(), description="The folders that imports over HTTP may name.")
    strict_plugins: bool = Field(default=False, description="End when a plugin breaks, instead of warning.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="What the server logs."
    )


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; overrides that are None leave the environment its say.

    Raises:
        SettingInvalid: a variable holds what it cannot.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingInvalid(name, f"{first['msg']}, found {first['input']!r}") from None
