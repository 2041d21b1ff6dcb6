"""What gets installed: every package, the typing marker, and nothing that is not pinned by its hash."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

import gexlake

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))

# A pin runs over continued lines: name==version, perhaps a marker, then its hashes.
PIN = re.compile(r"(?P<name>[a-z0-9-]+)(\[[a-z0-9,-]+\])?==[\w.]+( ; [^\\]+?)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")


def normalized(requirement: str) -> str:
    """Cut a requirement down to the name of its project, as a lock file spells it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def locked_names(path: Path) -> set[str]:
    """Name the projects that a lock file pins."""
    return {pin["name"] for pin in PIN.finditer(path.read_text(encoding="utf-8"))}


def test_every_package_of_the_source_tree_is_listed() -> None:
    """A folder with an __init__.py is installed, and nothing is listed that is not there."""
    folders = (init.parent for init in (ROOT / "src").rglob("__init__.py"))
    found = {".".join(("gexlake", *folder.relative_to(ROOT / "src").parts)) for folder in folders}
    assert sorted(SETUPTOOLS["packages"]) == sorted(found)


def test_no_module_hides_in_a_folder_that_is_no_package() -> None:
    """A folder of modules without an __init__.py would be left out without a word."""
    folders = {module.parent for module in (ROOT / "src").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_typing_marker_is_installed() -> None:
    """Users' type checkers trust the annotations only where py.typed lies beside them."""
    assert "py.typed" in SETUPTOOLS["package-data"]["gexlake"]
    assert (ROOT / "src" / "py.typed").is_file()


def test_the_installed_version_is_the_one_in_the_source() -> None:
    """The distribution and gexlake.__version__ agree."""
    assert version("gexlake") == gexlake.__version__


def test_the_package_is_a_command_too() -> None:
    """Of whichever Python is asked: ``python -m gexlake``."""
    said = subprocess.run([sys.executable, "-m", "gexlake", "--version"], check=True, capture_output=True, text=True)
    assert said.stdout == f"gexlake, version {gexlake.__version__}\n"


def test_the_built_in_plugins_enter_through_the_entry_point() -> None:
    """The group that strangers' plugins use also holds the built-in ones."""
    assert {entry.name: entry.value for entry in entry_points(group="gexlake")}["builtin"] == (
        "gexlake.adapters.plugins.builtin"
    )


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_every_line_of_a_lock_file_belongs_to_a_hashed_pin(path: Path) -> None:
    """Beside comments there are only pins, each with a hash: no address, no index, no path."""
    text = path.read_text(encoding="utf-8")
    without_comments = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)
    assert PIN.sub("", without_comments) == ""
    assert "://" not in text


@pytest.mark.parametrize(
    ("file_name", "extras"),
    [("runtime.txt", ()), ("dev.txt", ("test", "dev")), ("bench.txt", ("bench",)), ("fuzz.txt", ("fuzz",))],
    ids=["runtime", "dev", "bench", "fuzz"],
)
def test_every_declared_dependency_is_locked(file_name: str, extras: tuple[str, ...]) -> None:
    """A dependency added to pyproject.toml is pinned too: otherwise `make lock` was forgotten."""
    project = PYPROJECT["project"]
    declared = [*project["dependencies"]]
    for extra in extras:
        declared += project["optional-dependencies"][extra]
    wanted = {normalized(requirement) for requirement in declared}
    assert wanted - locked_names(ROOT / "requirements" / file_name) == set()


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5 matches ``(?:ab?c)*+`` where it should not; ``(?>(?:ab?c)*)`` says the same, and holds."""
    modules = (ROOT / "src").rglob("*.py")
    possessive = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+[^\s+]")
    found = [(module.name, each[0]) for module in modules for each in possessive.finditer(module.read_text("utf-8"))]
    assert found == []


def test_no_test_begins_with_what_some_pythons_lack() -> None:
    """Where there is no wheel of simdjson, or no compiler, a file of tests that imports it first would not be read."""
    missing = re.compile(r"^(?:import|from) (?:simdjson|[\w.]+\.(?:simd|_usual))\b", re.MULTILINE)
    modules = (ROOT / "tests").rglob("*.py")
    assert [module.name for module in modules if missing.search(module.read_text(encoding="utf-8"))] == []


def test_pandas_is_not_required() -> None:
    """Arrow and Polars do its work; it would be the largest thing to install. A peer of the benchmarks brings it."""
    assert [path.name for path in LOCKED if "pandas" in locked_names(path)] == ["bench.txt"]
