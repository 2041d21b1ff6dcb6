"""``gexlake plugins``: what is loaded, from where, which adapter serves which port, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .... import __version__
from ...settings.names import PREFIX
from ..asked.options import as_json, verbose
from ..output.jsons import print_json
from ..terminal.tables import say, show_table

if TYPE_CHECKING:
    from ....adapters.plugins.loaded import PluginPort, Plugins


@click.command
@as_json
@verbose
def plugins(*, as_json: bool) -> None:
    """List the plugins: what each one brings, which adapters the settings choose, and what failed.

    Source readers stand in the order in which they are asked whether they know a source.
    """
    from ...settings.model import load_settings
    from ..startup.builtin import all_plugins

    settings = load_settings()
    found = all_plugins(strict=settings.strict_plugins, twice=not settings.strict_plugins)
    report = _report(found, {name: getattr(settings, name) for name in type(settings).model_fields})
    if as_json:
        print_json(report)
        return
    _show(report)


def _report(found: Plugins, settings: dict[str, Any]) -> dict[str, Any]:
    from ....adapters.plugins.loaded import PORTS

    return {
        "plugins": [
            {"plugin": plugin.name, "distribution": plugin.distribution, "version": plugin.version or __version__}
            for plugin in found.loaded
        ],
        "adapters": [row for port in PORTS for row in _rows(found, port, settings)],
        "failed": [
            {"plugin": plugin.name, "distribution": plugin.distribution, "reason": plugin.reason}
            for plugin in found.failed
        ],
    }


def _rows(found: Plugins, port: PluginPort, settings: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "port": port.name,
            "name": name,
            "chosen": any(settings[setting] == name for setting in port.settings) if port.settings else None,
            "settings": [PREFIX + setting.upper() for setting in port.settings],
            "plugin": found.origins[port.name, name].name,
            "distribution": found.origins[port.name, name].distribution,
        }
        for name in getattr(found, port.field)
    ]


def _show(report: dict[str, Any]) -> None:
    show_table(
        ("plugin", "distribution", "version"),
        [tuple(plugin.values()) for plugin in report["plugins"]],
    )
    say()
    adapters = [row for row in report["adapters"] if row["port"] != "command" or row["distribution"] != "gexlake"]
    show_table(
        ("port", "adapter", "in use", "from", "chosen by"),
        [
            (row["port"], row["name"], "yes" if row["chosen"] else "", row["distribution"], ", ".join(row["settings"]))
            for row in adapters
        ],
    )
    if report["failed"]:
        say()
        say("Failed, and left out:", style="bold")
    for plugin in report["failed"]:
        say(f"  the plugin {plugin['plugin']} of {plugin['distribution']}: {plugin['reason']}")
