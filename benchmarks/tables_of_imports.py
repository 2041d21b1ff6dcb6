"""The import race, and what the form of a file, repeats and encodings cost, as tables."""

from __future__ import annotations

from typing import Any

from cells import number, spread, table


def race(found: dict[str, Any]) -> list[str]:
    """Show the race."""
    size, (snapshots, strikes) = found["bytes"], found["rows"]
    rounds = found["contestants"]["gexlake"]["seconds"]["runs"]
    lines = [
        "### Import",
        "",
        (
            f"{found['files']} day files, {number(size / 1e6)} MB, {snapshots:,} snapshots, {strikes:,} ladder rows; "
            f"every contestant wrote as many rows as gexlake. *Times gexlake* compares within each of {rounds} rounds."
        ),
        "",
        "![seconds of each contestant](imports.svg)",
        "",
    ]
    head = ("", "times gexlake", "s", "MB/s", "CPU s", "tree MiB", "process MiB", "written MB")
    rows, notes = [], []
    for name, one in found["contestants"].items():
        notes.append(f"- **{name}**: {one['note']}{_about(one)}.")
        if "missing" in one:
            rows.append((name, "not measured", *["-"] * (len(head) - 2)))
            continue
        rows.append(
            (
                name,
                spread(one["times_gexlake"]),
                spread(one["seconds"]),
                number(size / 1e6 / one["seconds"]["median"]),
                spread(one.get("cpu_seconds")),
                spread(one["tree_mib"]),
                spread(one["process_mib"]),
                "-" if "sampled" in one else number(one["bytes_written"]["median"] / 1e6),
            )
        )
    return [*lines, *table(head, rows), *notes, ""]


def _about(one: dict[str, Any]) -> str:
    if "missing" in one:
        return f" — not measured: {one['missing']}"
    if "sampled" in one:
        return f" (measured: {one['sampled']['records']:,} records, the ladders of {one['sampled']['ladders']})"
    if "parsing" in one:
        return f" (parsing {spread(one['parsing'])} s, encoding {spread(one['encoding'])} s, before the division)"
    return ""


def forms(found: dict[str, Any]) -> list[str]:
    """Show the forms."""
    head = ("form", "times the array", "reading, s", "whole command, s", "process MiB", "file MB")
    rows = [
        (
            name,
            spread(one["times_array"]),
            spread(one["reading"]),
            spread(one["seconds"]),
            spread(one["process_mib"]),
            number(one["bytes"] / 1e6),
        )
        for name, one in found.items()
    ]
    return [
        "### Forms of a file, and less to take it apart",
        "",
        (
            "The same day with one worker. *Reading* is what the worker took, without the start of the command. In the "
            "irregular file each record has a text with an escape; the judged one has no priors. *Not compiled* is how "
            "gexlake imports where there was no compiler, the *portable decoder* where there is no simdjson either."
        ),
        "",
        *table(head, rows),
    ]


def repeats(found: dict[str, Any]) -> list[str]:
    """Show what repeats cost."""
    head = ("", "times the first", "s", "CPU s", "process MiB")
    keys = ("times_first", "seconds", "cpu_seconds", "process_mib")
    rows = [(name.replace("_", " "), *(spread(one[key]) for key in keys)) for name, one in found.items()]
    return [
        "### Repeats",
        "",
        (
            "The same day, and then once more with every snapshot a repeat: in other words, with coarser sums, or with "
            "another spot, which puts it into conflict with the one that is there, and its words among the rejects."
        ),
        "",
        *table(head, rows),
    ]


def encodings(found: dict[str, Any]) -> list[str]:
    """Show what each encoding of ladders costs."""
    head = ("", "write, CPU s", "MB", "one row group, ms", "pyarrow, CPU s", "DuckDB, two sums", "Polars, CPU s")
    rows = [
        (
            name,
            spread(one["write"]),
            number(one["bytes"]["median"] / 1e6),
            spread(one["ladder_ms"]),
            *(spread(one[reader]) for reader in ("pyarrow", "duckdb", "polars")),
        )
        for name, one in found["ways"].items()
    ]
    return [
        "### Encodings of ladders",
        "",
        (
            f"{found['rows']:,} rows of {found['snapshots']:,} ladders. The first way is gexlake's, the others change "
            "what they name. *Hundredths* are whole numbers, and only good for values of two decimals at most; making "
            f"them and proving that nothing is lost took another {number(found['scaling'])} s. A question for one "
            "ladder reads one row group."
        ),
        "",
        *table(head, rows),
    ]
