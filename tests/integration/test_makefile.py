"""The front door: which Python ``make`` takes, told by what it would do."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what ``make`` looks at, that has not been set up."""
    for name in ("Makefile", "pyproject.toml", *(f"requirements/{made}.txt" for made in ("dev", "bench", "fuzz"))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def make(target: str, clone: Path, python: str | Path) -> subprocess.CompletedProcess[str]:
    """Say what ``make`` would do with a Python."""
    command = ["make", "--no-print-directory", "--dry-run", target, f"PYTHON={python}"]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)


def interpreter(path: Path, version: str) -> Path:
    """Make a Python that is this one but says that it is of another version."""
    numbers = tuple(map(int, version.split(".")))
    told = f"sys.version_info, sys.version, sys.base_prefix = {numbers}, '{version}', '/usr'"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; {told}; exec(sys.argv[1])" "$2"\n', "utf-8")
    path.chmod(0o700)
    return path


@pytest.mark.parametrize(
    ("target", "environment"), [("setup", ".venv"), ("bench", ".venv-bench"), ("fuzz", ".venv-fuzz")]
)
def test_an_environment_of_another_python_is_made_anew(target: str, environment: str, clone: Path) -> None:
    """One of the Python that is asked for stays."""
    made = f"-m venv --clear {environment}\n"
    assert made in make(target, clone, sys.executable).stdout

    venv.create(clone / environment, with_pip=False)
    for stamp in (".locked", ".installed"):
        (clone / environment / stamp).touch()
    assert made not in make(target, clone, sys.executable).stdout

    other = interpreter(clone / "other", "3.14.1")
    assert f"{other} {made}" in make(target, clone, other).stdout


@pytest.mark.parametrize("version", ["3.10.9", "3.15.2"])
def test_a_python_that_is_too_old_or_has_no_wheels_is_refused(version: str, clone: Path) -> None:
    """With the versions that it takes, before anything is made."""
    done = make("setup", clone, other := interpreter(clone / "other", version))
    assert (done.returncode, "Python from 3.11 to 3.14" in done.stderr, str(other) in done.stderr) == (2, True, True)
    assert "-m venv" not in done.stdout
