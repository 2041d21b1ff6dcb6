"""The example plugins keep their own tests, without being installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples" / "plugins"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/pyproject.toml"))


def test_there_are_examples() -> None:
    """Or the tests below would pass without running any."""
    assert {"gexlake-sqlite-recorder", "gexlake-strike-tables"} <= set(NAMES)


@pytest.mark.timeout(300)  # a whole run of tests, on a busy machine
@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_an_example_pass(name: str, tmp_path: Path) -> None:
    """As its author runs them; warnings are errors there, too."""
    found = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"),
            *(
                "--import-mode=importlib",
                f"--rootdir={EXAMPLES / name}",
                "-c",
                os.devnull,
                f"--basetemp={tmp_path / 't'}",
            ),
            str(EXAMPLES / name / "tests"),
        ],
        env={
            **os.environ,
            "PYTHONPATH": str(EXAMPLES / name / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what the tests of gexlake itself need takes long to load
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert " passed" in found.stdout
