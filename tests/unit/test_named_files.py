"""The pages name files of the project: each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: Files that are not of the project.
OTHERS = {"Python.h"}
FILES = [
    f"/{path.relative_to(ROOT)}"
    for folder in ("src", "tests", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*.*")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path):
    """By its path, or as much of its end as tells what is meant."""
    named = set(re.findall(r"`([\w./-]*\w\.(?:py|c|h))`", page.read_text(encoding="utf-8"))) - OTHERS
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in FILES)] == []
