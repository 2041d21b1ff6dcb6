"""Plugins: found, loaded one at a time, and told apart."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import Distribution, EntryPoint
from itertools import product
from pathlib import Path

import click
import pytest

from gexlake.adapters.plugins.loaded import LoadedPlugin
from gexlake.adapters.plugins.manager import AdapterNamedTwice, PluginBroken, load_plugins
from gexlake.adapters.plugins.strangers import AdapterFailed, StrangersFactory
from gexlake.domain.errors import GexlakeError, LakeNotFound
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import InMemoryLake

Install = Callable[..., EntryPoint]

GOOD = """
from gexlake.plugins import hookimpl

class CsvReader:
    name = "csv"

@hookimpl
def gexlake_source_readers():
    return {"csv": CsvReader}
"""
#: Plugins that do not work, and a word that their report must hold.
BROKEN = {
    "does_not_import": ("import nothing_of_this_name", "nothing_of_this_name"),
    "leaves": ("import sys\nsys.exit('no licence')", "no licence"),
    "no_python": ("def", "SyntaxError"),
    "misspelt_hook": (GOOD.replace("gexlake_source_readers", "gexlake_sauce_readers"), "gexlake_sauce_readers"),
    "wants_arguments": (GOOD.replace("readers()", "readers(folder)"), "folder"),
    "hook_fails": (GOOD.replace('return {"csv": CsvReader}', "raise ValueError('bad day')"), "bad day"),
    "no_mapping": (GOOD.replace('{"csv": CsvReader}', "[CsvReader]"), "factories by name"),
    "no_factory": (GOOD.replace('{"csv": CsvReader}', '{"csv": 1}'), "factories by name"),
}


class Installed(Distribution):
    """A distribution that is installed only here."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def metadata(self) -> dict[str, str]:  # type: ignore[override]
        """Give the name and the version, which is all that is asked for."""
        return {"Name": self._name, "Version": "1.0"}

    def read_text(self, filename: str) -> str | None:
        """Give no file."""
        return None

    def locate_file(self, path: object) -> Path:
        """Give no place."""
        raise NotImplementedError


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Give a function that installs a plugin of a distribution and gives its entry point."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, source: str, distribution: str = "") -> EntryPoint:
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        entry = EntryPoint(name, name, "gexlake")
        vars(entry).update(dist=Installed(distribution or f"gexlake-{name}"))
        return entry

    return make


def test_the_built_in_adapters_are_there_without_an_entry_point() -> None:
    """Also when gexlake runs from its source tree."""
    plugins = load_plugins(strict=True, found=[])
    assert list(plugins.readers) == ["legacy"]
    assert sorted(plugins.snapshot_stores) == ["memory", "own"]
    assert sorted(plugins.strike_sinks) == ["memory", "parquet"]
    assert sorted(plugins.lineage_stores) == ["duckdb", "memory"]
    assert sorted(plugins.caches) == ["memory", "none", "redis"]
    assert sorted(plugins.work_pools) == ["background", "inline", "processes"]
    assert [(plugin.name, plugin.distribution) for plugin in plugins.loaded] == [("builtin", "gexlake")]


def test_the_entry_point_of_the_built_in_adapters_does_not_load_them_twice(install: Install) -> None:
    """It is there for those who list plugins."""
    plugins = load_plugins(strict=True, found=[install("builtin", "raise AssertionError", "gexlake")])
    assert len(plugins.loaded) == 1


def test_every_built_in_factory_makes_what_it_promises(tmp_path: Path) -> None:
    """No lazy import in a factory is misspelt."""
    plugins = load_plugins(found=[])
    for factories in (plugins.readers, plugins.work_pools):
        assert all(factory() for factory in factories.values())
    for make_cache in plugins.caches.values():
        assert make_cache("redis://localhost:6379") is not None
    for (lake_name, open_lake), (sink_name, make_sink) in product(
        plugins.lineage_stores.items(), plugins.strike_sinks.items()
    ):
        folder = tmp_path / f"{lake_name}-{sink_name}"
        with pytest.raises(LakeNotFound):
            open_lake(folder, make_sink(folder), read_only=True)
        lake = open_lake(folder, make_sink(folder), read_only=False)
        assert [make(folder, lake).feeds() for make in plugins.snapshot_stores.values()] == [[], []]
        lake.close()
        assert open_lake(folder, make_sink(folder), read_only=True).snapshots.feeds() == []


def test_a_cache_in_redis_wants_to_know_where() -> None:
    """Without an address the error says what to set, and a wrong one is not repeated."""
    factory = load_plugins(found=[]).caches["redis"]
    with pytest.raises(GexlakeError, match="Set GEXLAKE_REDIS_URL"):
        factory(None)
    with pytest.raises(GexlakeError, match="redis://") as caught:
        factory("http://user:secret@localhost")
    assert "secret" not in str(caught.value)


def test_a_plugin_brings_its_adapters(install: Install) -> None:
    """Beside the built-in ones, and is named with its distribution."""
    plugins = load_plugins(found=[install("good", GOOD)])
    assert list(plugins.readers) == ["csv", "legacy"]
    assert plugins.readers["csv"]().name == "csv"
    assert [plugin.distribution for plugin in plugins.loaded] == ["gexlake", "gexlake-good"]


def test_readers_of_gexlake_are_asked_last_as_they_are_listed(install: Install) -> None:
    """Whatever they are called: one of them takes any folder."""
    ours = install("ours", GOOD.replace('{"csv": CsvReader}', '{"zip": CsvReader, "ask": CsvReader}'), "gexlake")
    assert list(load_plugins(found=[ours, install("good", GOOD)]).readers) == ["csv", "legacy", "zip", "ask"]


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_reported_and_takes_nobody_down(install: Install, kind: str) -> None:
    """Whatever is wrong with it; the ones before and after it are loaded."""
    source, word = BROKEN[kind]
    found = [install("before", GOOD), install(kind, source), install("after", GOOD.replace("csv", "tsv"))]
    plugins = load_plugins(found=found)
    assert list(plugins.readers) == ["csv", "tsv", "legacy"]
    (failed,) = plugins.failed
    assert (failed.name, failed.distribution) == (kind, f"gexlake-{kind}")
    assert word in failed.reason
    with pytest.raises(PluginBroken, match=f"gexlake-{kind}"):
        load_plugins(strict=True, found=found)


def test_two_plugins_with_one_name_are_an_error_that_names_both(install: Install) -> None:
    """Nobody could say which of the two is meant; this holds against the built-in ones too."""
    with pytest.raises(AdapterNamedTwice) as caught:
        load_plugins(found=[install("first", GOOD), install("second", GOOD)])
    assert "gexlake-first" in str(caught.value)
    assert "gexlake-second" in str(caught.value)
    with pytest.raises(AdapterNamedTwice, match="builtin of gexlake"):
        load_plugins(found=[install("third", GOOD.replace('"csv": C', '"legacy": C'))])


def test_loading_plugins_imports_no_driver() -> None:
    """A command that needs no lake must not wait for one."""
    program = (
        "import sys\n"
        "from gexlake.adapters.plugins.manager import load_plugins\n"
        "load_plugins(found=[])\n"
        "print([name for name in ('duckdb', 'pyarrow', 'redis', 'simdjson', 'isal') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


GIVEN = {"strike_sink": (Path(),), "snapshot_store": (Path(), InMemoryLake())}
MAKES = {
    "a cache": "caches",
    "a work pool": "work_pools",
    "a strike sink": "strike_sinks",
    "a store": "snapshot_stores",
}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('no ink')", "ValueError: no ink"),
        ("sys.exit('no licence')", "SystemExit: no licence"),
        ("return None", "TypeError: its factory gave None"),
    ],
)
@pytest.mark.parametrize("hook", MAKES.values(), ids=MAKES)
def test_what_a_plugin_cannot_make_is_told_as_its_own_failure(install: Install, hook: str, body: str, reason: str):
    """By the names of the plugin, its distribution and the adapter; and who chose it can choose another one."""
    source = f"""
import sys
from gexlake.plugins import hookimpl

def theirs(*given):
    {body}

@hookimpl
def gexlake_{hook}():
    return {{"theirs": theirs}}
"""
    setting = hook.removesuffix("s")
    container = build_container(Settings(**{setting: "theirs"}), load_plugins(found=[install("dry", source)]))
    make = getattr(container, setting)
    if setting in GIVEN:  # these are made for each lake
        make = partial(make(), *GIVEN[setting])

    with pytest.raises(AdapterFailed) as caught:
        make()

    assert str(caught.value).startswith(
        f"The {setting.replace('_', ' ')} theirs of the plugin dry of gexlake-dry cannot"
    )
    assert reason in str(caught.value)


@pytest.mark.parametrize("error", [LakeNotFound("lake"), PermissionError(13, "Permission denied")])
def test_an_error_with_a_sentence_of_its_own_stays_what_it_is(error: Exception):
    """The plugin has said what is wrong, or the system has."""

    def theirs() -> None:
        raise error

    with pytest.raises(type(error)):
        StrangersFactory(theirs, "cache", "theirs", LoadedPlugin("dry", "gexlake-dry"))()


def test_a_factory_has_more_than_it_makes():
    """As that of a lake may, whose index can be made anew."""

    class Theirs:
        def __call__(self) -> str:
            return "a lake"

        def index(self) -> str:
            return "an index"

    factory = StrangersFactory(Theirs(), "lineage store", "theirs", LoadedPlugin("dry", "gexlake-dry"))

    assert (factory(), factory.index(), hasattr(factory, "other")) == ("a lake", "an index", False)


def test_a_command_that_is_none_is_told_as_its_plugins_failure():
    """What loads it gives something else."""
    factory = StrangersFactory(lambda: 5, "command", "five", LoadedPlugin("dry", "gexlake-dry"), click.Command)

    with pytest.raises(AdapterFailed, match=r"command five of the plugin dry .*gave 5"):
        factory()
