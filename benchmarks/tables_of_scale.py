"""What must not grow, as tables."""

from __future__ import annotations

from typing import Any

from cells import number, spread, table


def scale(found: dict[str, Any]) -> list[str]:
    """Show what must not grow, or hardly."""
    keys = ("tree_mib", "process_mib", "worker_mib")
    days = [
        (count, spread(one["seconds_a_day"]), *(spread(one[key]) for key in keys))
        for count, one in found["days"].items()
    ]
    memory = [
        (f"{number(one['bytes'] / 1e6)} MB", spread(one["seconds"]), *(spread(one[key]) for key in keys))
        for one in found["memory"]
    ]
    others = [
        (f"{one['files']:,} {words}, first time", spread(one["first_seconds"]), "-")
        if first
        else (f"{one['files']:,} {words}, again", spread(one["again_seconds"]), spread(one["again_cpu_seconds"]))
        for one, words in ((found["unchanged"], "day files"), (found["small_files"], "one-snapshot files"))
        for first in (True, False)
    ]
    start = found["start"]
    heads = ("tree MiB", "process MiB", "worker MiB")
    return [
        "### Scale",
        "",
        (
            "*Tree*: all processes of an import together. *Process*: the largest of them; the one that commits has the "
            "database open, too. *Worker*: the largest of those that read and encode for it, 0 where it does so itself."
        ),
        "",
        *table(("days imported", "s a day", *heads), days),
        *table(("one file, one worker", "s", *heads), memory),
        *table(
            ("", "s", "CPU s"),
            [*others, ("`gexlake --help`", spread(start["help_seconds"]), spread(start["help_cpu_seconds"]))],
        ),
    ]
