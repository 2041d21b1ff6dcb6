"""The settings: from options, the environment, .env and a TOML file, in this order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...domain.errors import GexlakeError
from .kinds import ApiKeys, Rate, RedisUrl, Roots, Words
from .names import LAKE, PREFIX, SERVER_WORK_POOL, WORK_POOL
from .sources import SettingSource, read_sources


class SettingInvalid(GexlakeError):
    """A setting has a value that it cannot have."""

    def __init__(self, name: str, reason: str, file: str | None = None) -> None:
        self.name, self.reason, self.file = name, reason, file
        place, cure = (f" in {file}", "Correct it or take it out") if file else ("", "Correct or unset it")
        super().__init__(f"The setting {name}{place} is wrong: {reason}. {cure}.")


def cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usual_cache(values: dict[str, Any]) -> str:
    """Name the cache that suits the other settings."""
    return "redis" if values.get("redis_url") else "memory"


class Settings(BaseModel):
    """What can be set from outside: ``lake`` by GEXLAKE_LAKE in the environment or .env, by ``lake`` in TOML."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    lake: Path = Field(default=Path(LAKE), description="The folder of the lake.")
    workers: int = Field(default_factory=cores, ge=1, description="How many files are parsed at a time.")
    lineage_store: str = Field(default="duckdb", description="What holds the lineage and commits to the lake.")
    snapshot_store: str = Field(default="own", description="What answers questions about snapshots.")
    strike_sink: str = Field(default="parquet", description="What holds the ladders.")
    work_pool: str = Field(default=WORK_POOL, description="What runs the workers.")
    strict_plugins: bool = Field(default=False, description="End when a plugin breaks, instead of warning.")

    redis_url: RedisUrl | None = Field(
        default=None, repr=False, description="Where Redis is, for counts and answers; `REDIS_URL` is heard too."
    )
    cache: str = Field(default_factory=usual_cache, description="What remembers answers.")

    host: str = Field(default="127.0.0.1", description="Where the server listens.")
    port: int = Field(default=8080, ge=0, le=65535, description="The port that the server listens on; 0 is any.")
    source_roots: Roots = Field(default=(), description="The folders that imports over HTTP may name.")
    server_work_pool: str = Field(default=SERVER_WORK_POOL, description="What runs the workers of a server's imports.")
    api_keys: ApiKeys = Field(
        default=(), repr=False, description="Who may ask: entries `name:scope:key`; scopes are `read` and `import`."
    )
    insecure: bool = Field(default=False, description="Listen beyond this machine without keys.")
    rate_limit: Rate = Field(
        default="6000/minute", description="How often one key, or one address, may ask; `off` for no limit."
    )
    cors_origins: Words = Field(
        default=(), description="Web pages that may ask: origins such as `https://charts.example.org`."
    )
    max_body_bytes: int = Field(default=1 << 20, ge=1, description="How large a request may be.")
    query_memory_bytes: int = Field(
        default=1 << 30, ge=0, description="How much memory the server may take to find answers sooner."
    )
    query_disk_bytes: int = Field(
        default=8 << 30, ge=0, description="How much of the disk it may take to find ladders sooner."
    )
    request_timeout_seconds: float = Field(
        default=30.0, gt=0, description="How long an answer may take to begin; imports take what they need."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How the server logs: `text` or `json`.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that the server logs: `debug`, `info`, `warning` or `error`."
    )


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; overrides that are None leave the other sources their say.

    Raises:
        SettingInvalid: a setting is given what it cannot be.
        SettingsFileInvalid: a file of settings cannot be read, or sets what there is not.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    sources = read_sources(Settings.model_fields)
    found = {name: value for source in reversed(sources) for name, value in source.values.items()}
    try:
        return Settings(**found | given)
    except ValidationError as error:
        raise _invalid(error, given, sources) from None


def _invalid(error: ValidationError, given: dict[str, Any], sources: list[SettingSource]) -> SettingInvalid:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    reason = first["msg"].removeprefix("Value error, ")
    field = Settings.model_fields.get(name)
    if field is None or field.repr:  # what is not shown is secret
        reason += f", found {first['input']!r:.80}"
    if name in given:
        return SettingInvalid(name, reason)
    for source in sources:
        if name in source.values:
            return SettingInvalid(source.spelt[name], reason, source.file)
    return SettingInvalid(PREFIX + name.upper(), reason)
