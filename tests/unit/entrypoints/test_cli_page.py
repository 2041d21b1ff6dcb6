"""docs/cli.md says what the commands do, and no page shows a command that there is not."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gexlake.entrypoints.cli.main import cli

ROOT = Path(__file__).parents[3]
SECTIONS = {
    section.partition("\n")[0]: section
    for section in re.split(r"(?m)^## ", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"))
}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("examples/plugins/*/README.md"))]
BLOCKS = [block for page in PAGES for block in re.findall(r"(?ms)^```sh\n(.*?)^```", page.read_text(encoding="utf-8"))]
#: What follows ``gexlake``, up to what the shell makes of the answer, or a remark.
CALLS = sorted(
    {call.strip() for block in BLOCKS for call in re.findall(r"(?m)^(?:[A-Z_]+=\S+ )*gexlake ([^#|\n]*)", block)}
)


def commands_of(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Give all commands by what is written to call them, those of groups too."""
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


COMMANDS = dict(commands_of(cli, "gexlake"))


def options_of(command: click.Command) -> set[str]:
    """Give the options that a help text lists, as they are written."""
    shown = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    return {name for option in shown for name in (*option.opts, *option.secondary_opts)}


def test_the_commands_stand_there_in_the_order_of_the_help() -> None:
    """And no other."""
    assert [title for title in SECTIONS if title.startswith("gexlake ")] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_says_how_a_command_is_called(name: str) -> None:
    """As its help does."""
    pieces = COMMANDS[name].collect_usage_pieces(click.Context(COMMANDS[name]))
    assert f"\n`{' '.join([name, *pieces])}` " in SECTIONS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_names_every_option_and_no_other(name: str) -> None:
    """Those that many commands have stand in a section of their own."""
    has = options_of(COMMANDS[name])
    common = set(re.findall(r"`(--?[a-z-]+)", SECTIONS["Options that many commands have"]))
    section = SECTIONS[name]
    named = set(re.findall(r"`(--?[a-z-]+)", section))
    rows = {option for row in re.findall(r"(?m)^\|([^|]*)\|", section) for option in re.findall(r"`(--?[a-z-]+)", row)}
    assert {option for option in has if option.startswith("--")} <= named | common
    assert rows <= has


@pytest.mark.parametrize("call", CALLS)
def test_a_command_on_a_page_can_be_called(call: str) -> None:
    """It is one, and has the options that it is shown with."""
    words = shlex.split(call)
    name = next(name for name in COMMANDS if f"gexlake {' '.join(words)} ".startswith(f"{name} "))
    context = COMMANDS[name].make_context(name, words[len(name.split()) - 1 :])
    assert context.params.keys() == {option.name for option in COMMANDS[name].params if option.expose_value}
