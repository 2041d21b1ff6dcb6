"""What the commands of one run share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..shapes.named_commands import command_on, commands_on
from .terminal.words import plain

if TYPE_CHECKING:
    from ..container import Container

T = TypeVar("T")


@dataclass(slots=True)
class Session:
    """One run of the command line: the options that all commands have."""

    verbose: bool = False
    lake: Path | None = None

    def container(self, **options: Any) -> Container:
        """Wire the application for the lake that the user means; ``options`` that are not None overrule settings."""
        from ..container import build_container
        from ..settings.model import load_settings
        from .startup.builtin import all_plugins

        settings = load_settings(lake=self.lake, **options)
        container = build_container(settings, all_plugins(strict=settings.strict_plugins))
        for plugin in container.plugins().failed:
            broken = f"warning: the plugin {plugin.name} of {plugin.distribution} is broken: {plugin.reason}"
            click.echo(plain(broken), err=True)
        return container

    def some(self, things: Sequence[T], most: int) -> tuple[Sequence[T], list[str]]:
        """Give the first of some things, or all with --verbose; and a line about the others, if there are any."""
        shown = things if self.verbose else things[:most]
        left = len(things) - len(shown)
        return shown, [f"and {left:,} more; --verbose shows all"] if left else []

    def command(self, words: str) -> str:
        """Give a command to try next, on the same lake."""
        return command_on(self.lake, words)

    def here(self, sentence: str) -> str:
        """Have the commands that a sentence names, in single quotes, work on the same lake."""
        return commands_on(self.lake, sentence)
