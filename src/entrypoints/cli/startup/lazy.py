"""A group of commands that loads a command only when it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ....adapters.plugins.hookspecs import PluginCommand


class LazyGroup(click.Group):
    """A group whose commands are named by place and one-line help; ``--help`` imports none of them.

    ``lazy`` holds name -> (``module:attribute`` in ``commands``, one-line help), in the order of the help. ``more``
    gives further commands; it is asked for a list, and for a name that is not among the lazy ones.
    """

    def __init__(
        self,
        *args: Any,
        lazy: Mapping[str, tuple[str, str]],
        more: Callable[[], Mapping[str, PluginCommand]] = dict,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._lazy, self._more = lazy, more

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order of the help."""
        return [*self._lazy, *self._more()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name in self._lazy:
            return load_command(self._lazy[cmd_name][0])
        command = self._more().get(cmd_name)
        return command.load() if command else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and suggest the likely ones for a misspelt name."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=self.list_commands(ctx), ctx=ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._lazy.items()])
        if more := self._more():
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, command.help) for name, command in more.items()])


def load_command(place: str) -> click.Command:
    """Load a command of gexlake from ``module:attribute`` among the commands."""
    module, attribute = place.split(":")
    command = getattr(import_module(f"..commands.{module}", __package__), attribute)
    if not isinstance(command, click.Command):
        raise TypeError(f"{place} is not a command")
    return command
