"""``gexlake doctor``: look at everything that gexlake stands on, and say what is wrong in plain words."""

from __future__ import annotations

import click

from ..asked.options import as_json, on_lake
from ..output.jsons import print_json
from ..session import Session
from ..terminal.tables import say

_MARKS = {"well": "ok", "note": "note", "wrong": "WRONG"}


@click.command
@as_json
@on_lake
@click.pass_context
def doctor(ctx: click.Context, /, *, as_json: bool) -> None:
    """Look at settings, plugins, disk, lake, Redis, calendar and clock, and say what is wrong and what cures it.

    The exit status is 0 if nothing is wrong, 1 if anything is.
    """
    from ..examination import Condition, examine

    session = ctx.ensure_object(Session)
    findings = list(examine(session.lake))
    wrong = sum(finding.condition is Condition.WRONG for finding in findings)
    if as_json:
        print_json({"well": not wrong, "findings": [finding._asdict() for finding in findings]})
    else:
        for finding in findings:
            mark = _MARKS[finding.condition.value]
            say(f"{mark:<6}{finding.subject:<11} {finding.sentence}", "bold" if wrong and mark == "WRONG" else None)
    ctx.exit(1 if wrong else 0)
