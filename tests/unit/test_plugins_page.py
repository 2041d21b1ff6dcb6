"""docs/plugins.md says what the code does: hooks, signatures, settings, suites, and the tutorial's files."""

import inspect
import re
from pathlib import Path

import pytest

import gexlake.plugins
import gexlake.testing
from gexlake.adapters.plugins import hookspecs
from gexlake.adapters.plugins.loaded import PORTS, PluginPort
from gexlake.adapters.plugins.manager import load_plugins
from gexlake.application.ports.source_reader import SourceReader
from gexlake.entrypoints.settings.model import Settings
from gexlake.entrypoints.settings.names import PREFIX

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "plugins" / "gexlake-sqlite-recorder"
DEFAULT_WHEN = {"redis": " (default with a `GEXLAKE_REDIS_URL`)"}
FACTORIES = [name for name in vars(hookspecs) if name.endswith("Factory")]


def signature(name: str, function: object) -> str:
    """Write a function as its annotations are written, without ``self``."""
    return name + str(inspect.signature(function)).replace("'", "").replace("(self, ", "(").replace("(self)", "()")


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.hook)
def test_every_hook_stands_there_with_its_signature(port: PluginPort) -> None:
    """As it stands on the page of hook specifications."""
    assert f"`{signature(port.hook, getattr(hookspecs, port.hook))}`" in PAGE


def test_every_hook_specification_serves_a_port() -> None:
    """None is left out of the table that loading works by."""
    specified = {name for name, value in vars(hookspecs).items() if hasattr(value, "gexlake_spec")}
    assert specified == {port.hook for port in PORTS}


@pytest.mark.parametrize("name", FACTORIES)
def test_every_factory_stands_there_with_its_signature(name: str) -> None:
    """A protocol by how it is called, the others by their alias."""
    factory = getattr(hookspecs, name)
    if isinstance(factory, type):
        written = signature(name, factory.__call__)
    else:
        written = f"{name} = {factory}".replace(" | ", r" \| ")
    assert f"`{written}`" in PAGE


@pytest.mark.parametrize("name", ["knows", "discover", "read", "fingerprint", "raw_records"])
def test_every_method_of_a_reader_stands_there(name: str) -> None:
    """With the arguments that it is given."""
    assert f"`{signature(name, getattr(SourceReader, name))}`" in PAGE


def test_every_setting_stands_there_with_the_names_that_come_along() -> None:
    """The default first."""
    plugins = load_plugins(found=[])
    for port in PORTS:
        for setting in port.settings:
            default = getattr(Settings(), setting)
            others = [f"`{name}`{DEFAULT_WHEN.get(name, '')}" for name in getattr(plugins, port.field)]
            names = ", ".join([f"`{default}` (default)", *(name for name in others if name != f"`{default}`")])
            assert f"| {port.name} | `{PREFIX}{setting.upper()}` | {names} |" in PAGE


def test_every_suite_stands_there() -> None:
    """And no other."""
    suites = {name for name in gexlake.testing.__all__ if name.endswith("Suite")}
    assert set(re.findall(r"`(\w+Suite)`", PAGE)) == suites


@pytest.mark.parametrize("name", gexlake.plugins.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    """From the one module that plugins import from."""
    assert getattr(gexlake.plugins, name) is not None


def test_a_name_that_is_not_public_is_none() -> None:
    """As with every module."""
    with pytest.raises(AttributeError, match="no attribute 'DuckDbLake'"):
        _ = gexlake.plugins.DuckDbLake


@pytest.mark.parametrize("path", ["src/gexlake_sqlite_recorder.py", "pyproject.toml", "tests/test_sqlite_recorder.py"])
def test_the_tutorial_shows_the_files_of_the_example(path: str) -> None:
    """Word for word."""
    assert f"\n{(EXAMPLE / path).read_text(encoding='utf-8')}```" in PAGE
