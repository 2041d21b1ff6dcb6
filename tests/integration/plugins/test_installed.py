"""Plugins as users have them: installed into an environment of their own, good ones beside a broken one."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.commands import Commands, Said

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "plugins"
HISTORY = ROOT / "tests" / "fixtures" / "history" / "2025-10-06_NQ_NDX_classic_gex_zero.json"
BROKEN = """
[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"

[project]
name = "gexlake-broken"
version = "0.3"

[project.entry-points.gexlake]
hopeless = "gexlake_broken"

[tool.setuptools]
py-modules = ["gexlake_broken"]
"""
RANGE = ("--start", "2025-10-06T14:30:00Z", "--end", "2025-10-06T14:31:00Z")
Run = Callable[..., Said]


def run(python: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of an environment, without a word from the environment of the tests."""
    foreign = ("GEXLAKE_", "PYTHON", "PIP_", "VIRTUAL_ENV")
    variables |= {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        [python, *arguments], env=variables, cwd=python.parent, capture_output=True, text=True, check=False
    )


def install(python: Path, *projects: Path) -> None:
    """Install projects as they lie there; nothing is downloaded, also not what they are built with."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")
    found = run(python, "-m", "pip", "install", *quiet, *projects)
    assert found.returncode == 0, found.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the interpreter of a fresh environment with gexlake, the examples and a broken plugin."""
    folder = tmp_path_factory.mktemp("plugins")
    venv.create(folder / "venv", symlinks=os.name != "nt")
    made = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = Path(run(made, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    # What the tests run on, gexlake included; a bare path would leave out how an editable install is found.
    (packages / "tested.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    # Copies: a build leaves its traces in the folder of the project.
    shutil.copytree(EXAMPLES, folder / "projects", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    broken = folder / "projects" / "gexlake-broken"
    broken.mkdir()
    (broken / "pyproject.toml").write_text(BROKEN)
    (broken / "gexlake_broken.py").write_text("import nothing_of_this_name\n")
    install(made, *sorted((folder / "projects").iterdir()))
    return made


@pytest.fixture(scope="module")
def installed(python: Path) -> Iterator[Commands]:
    """Give the process of that environment that commands are forked from."""
    with Commands(python) as made:
        yield made


@pytest.fixture
def gexlake(python: Path, installed: Commands) -> Run:
    """Give the command line in that environment."""
    return lambda *arguments, **variables: installed(*arguments, folder=str(python.parent), variables=variables)


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """Give a recorder's database with three good snapshots, a repeat of one, and one with a spot below 0."""
    path = tmp_path / "recorder.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE snapshots (id INTEGER PRIMARY KEY, ticker, category, timestamp, spot, zero_gamma)"
        )
        database.execute("CREATE TABLE strikes (snapshot_id INTEGER, strike, gamma, oi_gamma, priors)")
        for number, (second, spot) in enumerate(((0, 6701.5), (1, 6702.5), (2, -1), (1, 6702.5), (3, 6703.5))):
            row = (number, "SPX", "gex_zero", 1759761000 + second, spot, 6690)
            database.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?)", row)
            strikes = [(number, strike, 1.5, -2.5, None) for strike in (6695, 6700)]
            database.executemany("INSERT INTO strikes VALUES (?, ?, ?, ?, ?)", strikes)
    return path


def test_the_environment_is_the_one_under_test(python: Path) -> None:
    """The example comes from it, gexlake from where the tests have it."""
    program = "import gexlake, gexlake_sqlite_recorder as example; print(gexlake.__file__); print(example.__file__)"
    ours, theirs = run(python, "-c", program).stdout.splitlines()
    assert Path(ours).resolve() == (ROOT / "src" / "__init__.py") or "site-packages" in ours
    assert Path(theirs).is_relative_to(python.parents[1])
    assert python.parents[1] != Path(sys.prefix)


def test_plugins_are_listed_with_what_became_of_them(python: Path) -> None:
    """By the program: the good one with its distribution and version, the broken one with its reason."""
    found = run(python, "-m", "gexlake.entrypoints.cli.main", "plugins", "--json")
    assert found.returncode == 0, found.stderr
    report = json.loads(found.stdout)
    assert {
        ("sqlite-recorder", "gexlake-sqlite-recorder", "1.0.0"),
        ("strike-tables", "gexlake-strike-tables", "1.0.0"),
    } <= {tuple(plugin.values()) for plugin in report["plugins"]}
    readers = [(row["name"], row["distribution"]) for row in report["adapters"] if row["port"] == "source reader"]
    assert readers == [
        ("sqlite-recorder", "gexlake-sqlite-recorder"),
        ("strike-tables", "gexlake-strike-tables"),
        ("legacy", "gexlake"),
    ]
    (failed,) = report["failed"]
    assert (failed["plugin"], failed["distribution"]) == ("hopeless", "gexlake-broken")
    assert "nothing_of_this_name" in failed["reason"]


def test_an_import_through_the_plugin_accounts_for_every_row(gexlake: Run, recorder: Path, tmp_path: Path) -> None:
    """Nobody names the reader; the bad record is a reject, and a second import finds nothing to do."""
    lake = tmp_path / "lake"
    found = gexlake("import", recorder, "--lake", lake, "--json")
    assert found.status == 1, found.err  # one of five is more than may go wrong
    report = json.loads(found.out)
    told = {name: count for name, count in report["snapshots"].items() if count}
    assert told == {"read": 5, "accepted": 3, "duplicates": 1, "rejected": 1}
    assert report["strikes"] == {"accepted": 6}
    spots = [row["spot_price"] for row in json.loads(gexlake("query", "SPX", *RANGE, "--lake", lake, "--json").out)]
    assert spots == [6701.5, 6702.5, 6703.5]
    (reject,) = json.loads(gexlake("rejects", "list", "--lake", lake, "--json").out)
    assert (reject["reason"], reject["record"]) == ("not-positive", 2)
    again = json.loads(gexlake("import", recorder, "--lake", lake, "--json").out)
    assert again["files"] == report["files"] | {"imported": 0, "unchanged": 1}


def test_files_of_another_reader_are_not_passed_over_in_silence(gexlake: Run, recorder: Path, tmp_path: Path) -> None:
    """Neither by an import, its report among it, nor by a scan, which say how to have those, too."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    for file in (recorder, HISTORY):
        shutil.copy(file, folder)
    for command in (("scan", folder), ("import", folder, "--lake", tmp_path / "lake")):
        assert "legacy knows files there, too" in gexlake(*command).err
        assert "knows files" not in gexlake(*command, "--reader", "legacy").err
    for lake, options, often in (("lake-1", (), 1), ("lake-2", ("--reader", "legacy"), 0)):
        report = json.loads(gexlake("import", folder, "--lake", tmp_path / lake, "--json", *options).out)
        assert sum("legacy knows files there, too" in error for error in report["errors"]) == often
    runs = json.loads(gexlake("runs", "--lake", tmp_path / "lake-1", "--json").out)
    assert "legacy knows files there, too" in runs[0]["errors"][0]


def test_a_fast_reader_is_accounted_for_in_the_same_way(gexlake: Run, tmp_path: Path) -> None:
    """A table with text in place of a number, in a folder that the reader is found for."""
    folder = tmp_path / "exports"
    folder.mkdir()
    rows = [
        f"{second},SPX,{spot},6690,{strike},1.5,-2.5"
        for second, spot in enumerate(("6701.5", "n/a", "6703.5"), 1759761000)
        for strike in (6695, 6700)
    ]
    (folder / "SPX_gex_zero.csv").write_text(
        "\n".join(["timestamp,ticker,spot,zero_gamma,strike,gamma,oi_gamma", *rows, ""])
    )
    lake = tmp_path / "lake"
    found = gexlake("import", folder, "--lake", lake, "--json")
    assert found.status == 1, found.err
    report = json.loads(found.out)
    told = {name: count for name, count in report["snapshots"].items() if count}
    assert told == {"read": 3, "accepted": 2, "rejected": 1}
    (reject,) = json.loads(gexlake("rejects", "list", "--lake", lake, "--json").out)
    assert (reject["reason"], reject["record"]) == ("not-a-number", 1)


def test_a_sink_is_chosen_by_its_setting(gexlake: Run, tmp_path: Path) -> None:
    """What it took in is asked for in the usual way."""
    lake, delta = tmp_path / "lake", {"GEXLAKE_STRIKE_SINK": "delta"}
    found = gexlake("import", HISTORY, "--lake", lake, "--json", **delta)
    assert found.status == 0, found.err
    assert json.loads(found.out)["strikes"]["accepted"] == 7200
    (latest,) = json.loads(gexlake("query", "NQ_NDX", "--lake", lake, "--json", **delta).out)
    assert len(latest["strike_data"]) == 60


def test_everything_else_works_beside_a_broken_plugin(gexlake: Run, tmp_path: Path) -> None:
    """It is named in one line."""
    folder = tmp_path / "history"
    folder.mkdir()
    shutil.copy(HISTORY, folder)
    found = gexlake("import", folder, "--lake", tmp_path / "lake", "--json", "--progress", "none")
    assert found.status == 0, found.err
    report = json.loads(found.out)
    assert (report["status"], report["snapshots"]["accepted"], report["strikes"]["accepted"]) == ("success", 120, 7200)
    (line,) = found.err.splitlines()
    assert line.startswith("warning: the plugin hopeless of gexlake-broken is broken")
    assert "nothing_of_this_name" in line


def test_a_broken_plugin_is_fatal_for_those_who_want_that(gexlake: Run, recorder: Path, tmp_path: Path) -> None:
    """With the strict setting nothing is imported; the error names the plugin and the cure."""
    found = gexlake("import", recorder, "--lake", tmp_path / "lake", GEXLAKE_STRICT_PLUGINS="1")
    assert found.status == 3
    assert "hopeless of gexlake-broken" in found.err
    assert "uninstall" in found.err
    assert not (tmp_path / "lake").exists()


def test_a_reader_that_nobody_brought_is_unknown(gexlake: Run, recorder: Path, tmp_path: Path) -> None:
    """The known ones are listed, the plugin's among them."""
    found = gexlake("import", recorder, "--reader", "nonsense", "--lake", tmp_path / "lake")
    assert found.status == 2
    assert "sqlite-recorder, strike-tables, legacy" in found.err
    assert not (tmp_path / "lake").exists()
