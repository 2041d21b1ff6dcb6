"""Writes the figures of results.json as tables and pictures: ``python benchmarks/report.py [FOLDER]`` does it again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from plot import Bar, bars
from tables_of_imports import encodings, forms, race, repeats
from tables_of_programs import programs
from tables_of_queries import queries
from tables_of_scale import scale

BEGIN, END = "<!-- made by make bench -->", "<!-- end of what make bench makes -->"
_MISSING = "Not measured yet: `make bench` writes this section."
_SECTIONS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "imports": race,
    "forms": forms,
    "repeats": repeats,
    "encodings": encodings,
    "scale": scale,
    "queries": queries,
    "programs": programs,
}


def write(out: Path) -> None:
    """Write the report of the results in a folder between the markers of its README, and the pictures beside it."""
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    measured = {part: results["measured"][part] for part in _SECTIONS if part in results}
    # A part that is measured anew may meet another machine than the others did.
    machines = dict(zip(dict.fromkeys(_machine(one) for one in measured.values()), ascii_uppercase, strict=False))
    lines = [f"Size `{results['size']}`.", ""]
    lines += [f"- Machine {letter}: {machine}" for machine, letter in machines.items()]
    lines += ["", "Figures are medians, in parentheses the least and the greatest of the runs.", ""]
    for part, one in measured.items():
        heading, gap, *rest = _SECTIONS[part](results[part])
        dated = f"Measured {one['at']} at commit `{one['commit']}` on machine {machines[_machine(one)]}."
        lines += [heading, gap, dated, "", *rest]
    for name, picture in _pictures(results).items():
        (out / name).write_text(picture, encoding="utf-8")
    readme = out / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else f"{BEGIN}\n{_MISSING}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    readme.write_text(f"{head}{BEGIN}\n\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")


def _machine(measured: dict[str, Any]) -> str:
    found = measured["circumstances"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"{found['processor']}, {found['cores']} cores, {found['memory_gib']} GiB, Linux {found['kernel']}, "
        f"Python {found['python']}. Versions: {versions}."
    )


def _pictures(results: dict[str, Any]) -> dict[str, str]:
    pictures = {}
    if "imports" in results:
        pictures["imports.svg"] = bars(
            "Import of the same files, seconds (less is better; without the obvious way)",
            "s",
            _import_bars(results["imports"]["contestants"]),
        )
    if "queries" in results:
        load = results["queries"]["load"]
        rows = [
            Bar(f"{kind}, {name}", *_spread(load[key][kind]["p99_ms"]), ours=name == "gexlake")
            for kind in load["alone"]
            for key, name in (("alone", "gexlake"), ("route_alone", "route"))
        ]
        pictures["queries.svg"] = bars("One client: 99 of 100 answers come within (less is better)", "ms", rows)
    return pictures


def _import_bars(contestants: dict[str, Any]) -> Sequence[Bar]:
    return [
        Bar(name, *_spread(one["seconds"]), ours=name == "gexlake")
        for name, one in contestants.items()
        if "seconds" in one and "sampled" not in one
    ]


def _spread(figure: dict[str, float]) -> Iterable[float]:
    return figure["median"], figure["min"], figure["max"]


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
