"""Starting what workers are forked from while the command itself still loads, so that one does not wait for both."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ....adapters.disk.lake_folder import LAKE_FILE, SERVER_FILE
from ....adapters.processes.fork_server import start_early
from ....application.ports.work_pool import LITTLE_WORK
from ...settings.names import ENV_FILE, LAKE, PREFIX, SERVER_WORK_POOL, TOML_FILE, TOML_VARIABLE, WORK_POOL

#: Files that are looked at to guess how much there is to read; the plan will count them all.
_LOOKED_AT = 2000
#: Bytes of the database of a lake that holds about a day of a snapshot a second.
_LARGE_LAKE = 4_000_000
_LAKE_OPTION = "--lake"


def start_workers_early(command: str, *arguments: str) -> None:
    """Begin if an import, or a server, with these arguments will want processes, as far as a glance can tell.

    The command line is taken apart only later, and who guesses wrong here has lost nothing but time.
    """
    with suppress(OSError):  # what is wrong will be said by whoever opens it
        if {"--help", "-h"} & set(arguments):
            return
        if command == "import" and _much_to_import(arguments):
            start_early()
        if command == "serve" and _much_to_read_ahead(arguments):
            start_early(gives_way=True)


def _much_to_read_ahead(arguments: Sequence[str]) -> bool:
    named, _ = _taken_apart(arguments)
    lake, _, server_work_pool = _settings(named)
    # Workers of another priority cannot be forked from what gives way.
    return server_work_pool == SERVER_WORK_POOL and (lake / LAKE_FILE).stat().st_size > _LARGE_LAKE


def _much_to_import(arguments: Sequence[str]) -> bool:
    named, sources = _taken_apart(arguments)
    lake, work_pool, _ = _settings(named)
    # A server that has the lake does the work itself.
    return work_pool == WORK_POOL and not (lake / SERVER_FILE).exists() and _much_is_new(sources, lake / LAKE_FILE)


def _taken_apart(arguments: Sequence[str]) -> tuple[str | None, list[Path]]:
    """Give the lake that is named, and what may be the source: whatever is there."""
    lake, sources = None, []
    for before, argument in zip(("", *arguments), arguments, strict=False):
        if before == _LAKE_OPTION:
            lake = argument
        elif argument.startswith(f"{_LAKE_OPTION}="):
            lake = argument.partition("=")[2]
        elif (path := Path(argument)).exists():
            sources.append(path)
    return lake, sources


def _settings(named: str | None) -> tuple[Path, str, str]:
    """Give lake, work pool and a server's; only files of settings, which are rare, are read by what reads settings."""
    variables = os.environ
    if TOML_VARIABLE in variables or Path(TOML_FILE).exists() or Path(ENV_FILE).exists():
        from ....domain.errors import GexlakeError
        from ...settings.model import load_settings

        try:
            settings = load_settings(lake=named)
        except GexlakeError:  # the command will say so
            return Path(named or LAKE), "", ""
        return settings.lake, settings.work_pool, settings.server_work_pool
    lake = named or variables.get(f"{PREFIX}LAKE") or LAKE
    pools = ((f"{PREFIX}WORK_POOL", WORK_POOL), (f"{PREFIX}SERVER_WORK_POOL", SERVER_WORK_POOL))
    work_pool, server_work_pool = (variables.get(name) or usual for name, usual in pools)
    return Path(lake), work_pool, server_work_pool


def _much_is_new(sources: Sequence[Path], lake: Path) -> bool:
    """Whether sources hold so much that is newer than the last change of the lake that processes will read it."""
    since = lake.stat().st_mtime_ns if lake.exists() else -1
    size = 0
    for facts in islice(_facts(sources), _LOOKED_AT):
        size += facts.st_size if facts.st_mtime_ns > since else 0
        if size > LITTLE_WORK:
            return True
    return False


def _facts(sources: Sequence[Path]) -> Iterator[os.stat_result]:
    for source in sources:
        if not source.is_dir():
            yield source.stat()
        for folder, _, names in os.walk(source):
            for name in names:
                yield Path(folder, name).stat()
