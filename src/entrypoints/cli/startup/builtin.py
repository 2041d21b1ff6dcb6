"""The commands of gexlake as a plugin brings them, and those that plugins bring."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial

import click

from ....adapters.plugins.hookspecs import PluginCommand, hookimpl
from ....adapters.plugins.loaded import Plugins
from ....adapters.plugins.manager import load_plugins
from ....adapters.plugins.strangers import StrangersFactory
from .command_list import COMMANDS
from .lazy import load_command
from .strangers import strangers_on_stderr


@hookimpl
def gexlake_commands() -> Mapping[str, PluginCommand]:
    """Bring the commands that come with gexlake."""
    return {name: PluginCommand(text, partial(load_command, place)) for name, (place, text) in COMMANDS.items()}


def all_plugins(*, strict: bool = False, twice: bool = False) -> Plugins:
    """Load all plugins and what comes with gexlake, its commands included; see ``load_plugins``."""
    with strangers_on_stderr():
        return load_plugins(strict=strict, twice=twice, own={"commands": sys.modules[__name__]})


def strangers_commands() -> Mapping[str, PluginCommand]:
    """Give the commands that installed plugins bring; those that are broken are left out here."""
    plugins = all_plugins(twice=True)
    return {
        name: PluginCommand(text, StrangersFactory(load, "command", name, stranger, click.Command))
        for name, (text, load) in plugins.commands.items()
        if (stranger := plugins.stranger("command", name))
    }
