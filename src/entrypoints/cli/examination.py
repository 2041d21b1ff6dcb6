"""The examination of everything that gexlake stands on: settings, plugins, disk, lake, Redis, calendar, clock."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from ...adapters.disk.lake_folder import QUARANTINE
from ...adapters.disk.refusals import refusal
from ...adapters.legacy import COMPILED
from ...adapters.plugins.loaded import Plugins
from ...application.importing.import_again import ImportAgain
from ...domain.account import Account
from ...domain.errors import DiskFull, GexlakeError, LakeBusy, LakeForbidden, LakeNotFound
from ...domain.runs import ImportRun, RunStatus
from ..container import Container, build_container
from ..lakes import reading
from ..server.server_file import find_server
from ..server.wanted import WantedAccount
from ..settings.model import Settings, load_settings
from ..settings.sources import unknown_variables
from ..shapes.named_commands import command_on
from .handover.errands import handed_over
from .startup.builtin import all_plugins
from .terminal.words import counted

#: With less room than this an import of a few day files could fill the disk.
_LITTLE_ROOM = 2 << 30
_FEW_FILES = 10_000
_REDIS_SECONDS = 2.0
#: Sessions of a year: about 252; a calendar that knows of far fewer, or of no holidays, is off.
_SESSIONS = range(245, 256)


class Condition(StrEnum):
    """How what was looked at is."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


class Finding(NamedTuple):
    """What was looked at, how it is, and a sentence that ends with the cure if it is not well."""

    subject: str
    condition: Condition
    sentence: str


def examine(lake: Path | None) -> Iterator[Finding]:
    """Look at one thing after the other; what cannot be looked at for another fault is left out."""
    yield Finding("python", Condition.WELL, f"Python {sys.version.split()[0]} on {sys.platform}.")
    yield _compiled()
    try:
        settings = load_settings(lake=lake)
    except GexlakeError as error:
        yield Finding("settings", Condition.WRONG, str(error))
        return
    yield Finding("settings", Condition.WELL, f"The lake is {settings.lake}.")
    for variable, near in unknown_variables(Settings.model_fields).items():
        cure = f"Write {near}" if near else "Unset it; docs/configuration.md lists the settings"
        yield Finding("settings", Condition.NOTE, f"The variable {variable} sets nothing. {cure}.")
    plugins = all_plugins(strict=settings.strict_plugins, twice=not settings.strict_plugins)
    yield from _plugins(plugins)
    try:
        container = build_container(settings, plugins)
    except GexlakeError as error:
        yield Finding("adapters", Condition.WRONG, str(error))
        return
    yield from _disk(settings.lake)
    yield from _lake(container, lake)
    yield from _redis(settings)
    yield from _calendar(container)


def _compiled() -> Finding:
    try:
        import_module(COMPILED)
    except ImportError:  # or it was compiled for another system
        return Finding(
            "compiled",
            Condition.NOTE,
            "Nothing was compiled for this Python when gexlake was installed, so imports take longer. Install a C "
            "compiler and Python's headers (python3-dev), then gexlake again, with pip's --no-cache-dir and "
            "--force-reinstall.",
        )
    return Finding("compiled", Condition.WELL, "Records of the usual kind are taken apart by compiled code.")


def _plugins(plugins: Plugins) -> Iterator[Finding]:
    for broken in plugins.failed:
        sentence = f"The plugin {broken.name} of {broken.distribution} is left out: {broken.reason}."
        yield Finding("plugins", Condition.WRONG, sentence)
    if not plugins.failed:
        yield Finding("plugins", Condition.WELL, f"{len(plugins.loaded)} loaded, none broken.")


def _disk(lake: Path) -> Iterator[Finding]:
    there = next(folder for folder in (lake, *lake.absolute().parents) if folder.is_dir())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        refused = refusal(error, there)
        cure = refused.cure if isinstance(refused, DiskFull | LakeForbidden) else "mend that"
        cure = cure[0].upper() + cure[1:].rstrip(",")
        sentence = f"Nothing can be written in {there}: {error.strerror}. {cure}, or name another lake."
        yield Finding("disk", Condition.WRONG, sentence)
        return
    free = shutil.disk_usage(there).free
    if free < _LITTLE_ROOM:
        yield Finding(
            "disk", Condition.WRONG, f"Only {free / 1e9:.1f} GB are free at {there}. Make room before you import."
        )
    elif hasattr(os, "statvfs") and os.statvfs(there).f_files > 0 and os.statvfs(there).f_favail < _FEW_FILES:
        yield Finding(
            "disk", Condition.WRONG, f"{there} has hardly any inodes left. Delete small files before you import."
        )
    else:
        yield Finding("disk", Condition.WELL, f"{free / 1e9:.0f} GB are free at {there}.")


def _lake(container: Container, named: Path | None) -> Iterator[Finding]:
    """Look at the lake, which commands have to name that are to look at it, too."""
    folder: Path = container.settings().lake
    runs: list[ImportRun] = []
    again = ""
    try:
        if (server := find_server(folder)) is not None:
            yield Finding("lake", Condition.NOTE, f"The server at {server.url} (process {server.pid}) has it.")
        wanted = WantedAccount(checksums=False, source=None, reader=None)
        account = handed_over(container, "accounts", wanted, Account)
        if account is None:
            with reading(container) as lake:
                account = container.verify_lake(lake).run(checksums=False)
                runs = lake.lineage.runs(20)
                if (last := _last_import(runs)) is not None:
                    options = ImportAgain(lake.lineage, container.readers()).options_of_run(last)
                    again = command_on(named, f"import {shlex.quote(last.source)}{options}")
    except LakeNotFound:
        yield Finding("lake", Condition.NOTE, f"There is no lake in {folder} yet; the first import makes it.")
        return
    except LakeBusy as error:
        yield Finding("lake", Condition.NOTE, str(error))
        return
    except GexlakeError as error:
        yield Finding("lake", Condition.WRONG, str(error))
        return
    if not account.holds:
        off = counted(len(account.disagreements), "thing")
        first = account.disagreements[0].sentence
        verify = command_on(named, "verify")
        sentence = f"{off} off, the first: {first}. '{verify}' names all, with cures."
        yield Finding("lake", Condition.WRONG, sentence)
    else:
        held = (
            f"{counted(account.snapshots, 'snapshot')} and {counted(account.strikes, 'ladder row')} "
            f"in {counted(account.parts, 'part')}"
        )
        yield Finding("lake", Condition.WELL, f"{held}: all stores agree (checksums were not read).")
    if (quarantine := folder / QUARANTINE).is_dir():
        sentence = f"What a repair set aside lies in {quarantine}. Delete it when you do not miss anything."
        yield Finding("quarantine", Condition.NOTE, sentence)
    yield from _runs(runs, container.clock().now(), again)


def _runs(runs: list[ImportRun], now: datetime, again: str) -> Iterator[Finding]:
    ahead = [run.import_id for run in runs if run.started_at > now + timedelta(minutes=1)]
    if ahead:
        sentence = f"The run {ahead[0]} began after now, {now:%Y-%m-%d %H:%M}: the clock was set back. Set it right."
        yield Finding("clock", Condition.WRONG, sentence)
    last = _last_import(runs)
    if last is not None and last.status in (RunStatus.FAILED, RunStatus.INTERRUPTED):
        sentence = f"The last run, {last.import_id}, is {last.status.value}. It goes on with: {again}"
        yield Finding("runs", Condition.NOTE, sentence)


def _last_import(runs: list[ImportRun]) -> ImportRun | None:
    return next((run for run in runs if run.of_import), None)


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        return
    from redis import Redis
    from redis.exceptions import RedisError

    from ...adapters.redis.client_options import client_options

    try:
        with Redis.from_url(settings.redis_url, **client_options(_REDIS_SECONDS)) as it:
            it.ping()
    except (RedisError, OSError, ValueError) as error:
        sentence = f"Redis does not answer ({error}). Start it, or mend or unset GEXLAKE_REDIS_URL; servers do without."
        yield Finding("redis", Condition.WRONG, sentence)
    else:
        yield Finding("redis", Condition.WELL, "Redis answers.")


def _calendar(container: Container) -> Iterator[Finding]:
    year = datetime.now(UTC).year
    for each in (year, year + 1):
        first = datetime(each, 1, 1, tzinfo=UTC).date()
        number = len(container.calendar().sessions(first, first.replace(month=12, day=31)))
        if number not in _SESSIONS:
            sentence = f"The calendar knows {number} sessions in {each}. Bring the package holidays up to date."
            yield Finding("calendar", Condition.WRONG, sentence)
            return
    yield Finding("calendar", Condition.WELL, f"It knows the sessions of {year} and {year + 1}.")
