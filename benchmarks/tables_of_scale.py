"""What must not grow, as tables."""

from __future__ import annotations

from typing import Any

from cells import number, spread, table


def scale(found: dict[str, Any]) -> list[str]:
    """Show what must not grow, or hardly."""
    days = [
        (count, spread(one["seconds_a_day"]), spread(one["tree_mib"]), spread(one["process_mib"]))
        for count, one in found["days"].items()
    ]
    memory = [
        (
            f"{number(one['bytes'] / 1e6)} MB",
            spread(one["process_mib"]),
            spread(one["tree_mib"]),
            spread(one["seconds"]),
        )
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
    return [
        "### Scale",
        "",
        *table(("days imported", "s a day", "tree MiB", "process MiB"), days),
        *table(("one file, one worker", "process MiB", "tree MiB", "s"), memory),
        *table(
            ("", "s", "CPU s"),
            [*others, ("`gexlake --help`", spread(start["help_seconds"]), spread(start["help_cpu_seconds"]))],
        ),
    ]
