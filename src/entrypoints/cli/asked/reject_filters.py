"""Which rejects a command is about."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from .options import known_run
from .values import Whole

if TYPE_CHECKING:
    from ....application.ports.lineage_store import StoredReject
    from ....application.ports.unit_of_work import Lake

# Literals, as in ``values``; a test compares them with the domain's.
REASONS = (
    *("not-json", "too-large", "field-missing", "field-twice", "not-a-number", "not-finite", "not-positive"),
    *("ticker-invalid", "feed-invalid", "timestamp-unparsable", "timestamp-in-future", "timestamp-before-2010"),
    *("strikes-empty", "strike-twice", "row-malformed", "priors-not-five", "conflict"),
)
#: The number of a reject; no lake has a larger one, and a store could not count to all.
REJECT_ID = Whole(1, 10**12)
_NAMES = {"reason": "--reason", "import_id": "--run", "path": "--path"}


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose rejects: ``reason``, ``import_id``, ``path``."""
    for option in (
        click.option("--path", metavar="TEXT", help="Only from files with this anywhere in their path."),
        click.option("--run", "import_id", metavar="ID", help="Only of this run."),
        click.option(
            "--reason",
            type=click.Choice(REASONS),
            metavar="REASON",
            help="Only with this reason, as the list names it.",
        ),
    ):
        command = option(command)
    return command


also_settled: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--all", "also_settled", is_flag=True, help="Also those that a run has taken in or dismissed."
)


def chosen(
    lake: Lake, limit: int | None = None, *, also_settled: bool = False, **options: str | None
) -> Iterator[StoredReject]:
    """Give the rejects that the options choose, by their numbers."""
    return lake.lineage.rejects(**_asked(lake, **options), pending=not also_settled, limit=limit)


def count_chosen(lake: Lake, *, also_settled: bool = False, **options: str | None) -> dict[str, int]:
    """Count them by their reasons, the most frequent one first."""
    return lake.lineage.count_rejects(**_asked(lake, **options), pending=not also_settled)


def _asked(lake: Lake, *, reason: str | None, import_id: str | None, path: str | None) -> dict[str, Any]:
    from ....domain.escapes import escaped

    known_run(lake, import_id)
    return {"reason": reason, "import_id": import_id, "path": None if path is None else escaped(path)}


def as_options(wanted: dict[str, Any]) -> str:
    """Write the options that choose the same rejects in another command."""
    given = [f"{option} {shlex.quote(wanted[name])}" for name, option in _NAMES.items() if wanted.get(name)]
    return "".join(f" {option}" for option in given)
