"""Where settings come from: variables of the environment, the file .env, and one TOML file."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...adapters.crash_points import VARIABLE as CRASH_VARIABLE
from ...domain.errors import GexlakeError
from .names import ENV_FILE, PREFIX, TOML_FILE, TOML_VARIABLE

#: The usual variables of others that are heard where ours is silent.
ALIASES = {"redis_url": "REDIS_URL"}


class SettingsFileInvalid(GexlakeError):
    """A file of settings cannot be read."""

    def __init__(self, file: str, reason: str, cure: str) -> None:
        self.file, self.reason, self.cure = file, reason, cure
        super().__init__(f"The settings file {file} {reason}. {cure}.")


@dataclass(frozen=True, slots=True)
class SettingSource:
    """What one source sets: values by setting, how the source spells them, and the file, if it is one."""

    values: Mapping[str, Any]
    spelt: Mapping[str, str]
    file: str | None = None


def read_sources(names: Collection[str]) -> list[SettingSource]:
    """Read all sources, the one that counts most first.

    Raises:
        SettingsFileInvalid: a file cannot be read, or sets what there is not.
    """
    dotenv = _read_dotenv(Path(ENV_FILE))
    named = os.environ.get(TOML_VARIABLE) or dotenv.get(TOML_VARIABLE)
    toml = _read_toml(Path(named or TOML_FILE), names, wanted=bool(named))
    return [
        _of_variables(names, os.environ, None),
        _of_variables(names, dotenv, ENV_FILE),
        SettingSource(toml, {name: name for name in toml}, named or TOML_FILE),
    ]


def unknown_variables(names: Collection[str]) -> dict[str, str]:
    """Name the variables in the environment and .env that look like ours and set nothing, and what was meant, or ""."""
    known = [TOML_VARIABLE, *(PREFIX + name.upper() for name in names)]
    given = {**_read_dotenv(Path(ENV_FILE)), **os.environ}
    ours = {name for name, value in given.items() if value and name.startswith(PREFIX)}
    unknown = sorted(ours - {*known, CRASH_VARIABLE})
    return {name: next(iter(difflib.get_close_matches(name, known, 1, 0.8)), "") for name in unknown}


def _of_variables(names: Collection[str], variables: Mapping[str, str | None], file: str | None) -> SettingSource:
    values, spelt = {}, {}
    for name in names:
        for variable in (PREFIX + name.upper(), ALIASES.get(name, "")):
            # Shells set variables to nothing to be rid of them.
            if name not in values and (value := variables.get(variable)):
                values[name], spelt[name] = value, variable
    return SettingSource(values, spelt, file)


def _read_dotenv(file: Path) -> Mapping[str, str | None]:
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return dotenv_values(file, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileInvalid(str(file), f"cannot be read: {_words(error)}", "Mend or remove it") from None


def _read_toml(file: Path, names: Collection[str], *, wanted: bool) -> dict[str, Any]:
    if not wanted and not file.is_file():
        return {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsFileInvalid(str(file), "is not there", f"Correct or unset {TOML_VARIABLE}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileInvalid(str(file), f"cannot be read: {_words(error)}", "Mend or remove it") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsFileInvalid(str(file), f"is no TOML: {error}", "Mend that line") from None
    for key in values:
        if key not in names:
            near = difflib.get_close_matches(key.replace("-", "_").lower(), names, 1)
            cure = f"Write {near[0]}" if near else "Take it out; docs/configuration.md lists the settings"
            raise SettingsFileInvalid(str(file), f"sets {key}, which there is not", cure)
    return values


def _words(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"
