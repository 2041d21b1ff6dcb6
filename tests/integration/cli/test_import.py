"""``gexlake import`` as its user meets it: counts, exit statuses, the JSON object, and what a dry run leaves."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gexlake.entrypoints.cli import main

FIXTURES = Path(__file__).parents[2] / "fixtures"
HISTORY, DIRTY = FIXTURES / "history", FIXTURES / "dirty"
Import = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    """Give a function that imports a source as JSON and gives the exit status and the object."""

    def run(source: Path, *options: str) -> tuple[int, dict[str, Any]]:
        status = main.run(["import", str(source), "--lake", str(tmp_path / "lake"), "--json", *options])
        return status, json.loads(capsys.readouterr().out)

    return run


def test_object_has_the_promised_shape(imported: Import):
    """Scripts rely on these names, and on the sum."""
    status, run = imported(HISTORY)

    assert status == 0
    assert list(run) == [
        "import_id",
        "status",
        "dry_run",
        "files",
        "snapshots",
        "strikes",
        "bytes_read",
        "duration_seconds",
        "days",
        "errors",
    ]
    assert run["status"] == "success"
    assert run["files"] == {
        "found": 11,
        "imported": 11,
        "unchanged": 0,
        "partial": 0,
        "failed": 0,
        "unsupported": 0,
    }
    assert run["snapshots"] == {
        "read": 665,
        "accepted": 605,
        "duplicates": 60,
        "rounding_twins": 0,
        "conflicts": 0,
        "rejected": 0,
        "flagged": 0,
        "skipped": 0,
    }
    assert run["strikes"] == {"accepted": 36_300}
    assert run["days"][0] == {
        "ticker": "NQ_NDX",
        "package": "classic",
        "category": "gex_zero",
        "date": "2025-10-03",
        "snapshots": 5,
        "strikes": 300,
    }
    assert run["errors"] == []


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [
        ("same-twice", 0, "success"),
        ("rounding-twin", 0, "success"),
        ("ladder-does-not-add-up", 0, "success"),
        ("unknown-fields", 0, "success"),
        ("other-feed", 0, "success"),
        ("spot-missing", 1, "partial"),
        ("conflict", 1, "partial"),
        ("array-cut", 1, "partial"),
        ("gzip-cut", 1, "partial"),
        ("last-line-torn", 1, "partial"),
        ("empty-file", 3, "failed"),
        ("not-json", 3, "failed"),
    ],
)
def test_exit_status_says_how_it_went(imported: Import, name: str, status: int, word: str):
    """0 all well, 1 some of it did not go in, 3 nothing could be read."""
    found, run = imported(DIRTY / name)

    assert (found, run["status"]) == (status, word)


def test_all_the_dirt_at_once_is_partial(imported: Import):
    """A file that cannot be read does not keep the others out."""
    status, run = imported(DIRTY)

    assert status == 1
    assert run["files"]["found"] == 28
    assert run["files"]["failed"] == 2
    assert run["files"]["unsupported"] == 1
    counted = run["snapshots"]
    assert counted["read"] == sum(
        counted[name] for name in ("accepted", "duplicates", "rounding_twins", "conflicts", "rejected")
    )


def test_error_rate_up_to_the_limit_is_a_success(imported: Import):
    """One reject in forty is too many by default, and not with a wider limit."""
    assert imported(DIRTY / "spot-missing", "--max-error-rate", "0.03")[0] == 0


def test_again_there_is_nothing_new(imported: Import):
    """Files are known by their fingerprints; nothing new is all well."""
    imported(HISTORY)

    status, run = imported(HISTORY)

    assert status == 0
    assert (run["files"]["unchanged"], run["snapshots"]["read"]) == (11, 0)


def test_dry_run_judges_everything_and_writes_nothing(imported: Import, tmp_path: Path):
    """Its counts are those of the import, and no lake is made."""
    dry_status, dry = imported(HISTORY, "--dry-run")
    assert not (tmp_path / "lake").exists()

    status, wet = imported(HISTORY)

    assert dry["dry_run"]
    assert (dry_status, dry["snapshots"], dry["days"]) == (status, wet["snapshots"], wet["days"])


def test_dry_run_knows_what_the_lake_holds(imported: Import):
    """What is stored already counts as a repeat in a dry run too."""
    imported(HISTORY)

    _, run = imported(HISTORY, "--dry-run", "--force")

    assert (run["snapshots"]["duplicates"], run["snapshots"]["accepted"]) == (665, 0)


def test_filters_leave_the_rest_for_another_time(imported: Import):
    """Filtered records are not read, and a later import without the filter takes them in."""
    _, first = imported(HISTORY, "--ticker", "SPX")
    _, second = imported(HISTORY)

    assert (first["snapshots"]["accepted"], second["snapshots"]["accepted"]) == (60, 545)


def test_file_without_a_category_says_the_cure(imported: Import, tmp_path: Path):
    """The file is left with a clear error; the option it names helps."""
    source = tmp_path / "records.jsonl"
    source.write_bytes((HISTORY / "2025-10-08_NQ_NDX_classic_gex_zero.jsonl").read_bytes())

    status, run = imported(source)
    assert status == 3
    assert "--assume-category gex_zero" in run["errors"][0]

    status, run = imported(source, "--assume-category", "gex_zero")
    assert (status, run["snapshots"]["accepted"]) == (0, 120)


def test_clear_existing_imports_afresh(imported: Import):
    """What the source gave goes, what another gave stays."""
    imported(HISTORY)
    imported(DIRTY / "crlf")

    status, run = imported(HISTORY, "--clear-existing", "--yes")

    assert (status, run["snapshots"]["accepted"]) == (0, 605)
    assert imported(DIRTY / "crlf", "--force")[1]["snapshots"]["duplicates"] == 40


@pytest.mark.parametrize(
    "options",
    [
        ["import", "no-such-folder"],
        ["import", str(HISTORY), "--no-such-option"],
        ["import", str(HISTORY), "--types", "x"],
    ],
)
def test_wrong_usage_is_status_2(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """And a sentence on stderr, no lake made."""
    assert main.run([*options, "--lake", str(tmp_path / "lake")]) == 2

    assert capsys.readouterr().err
    assert not (tmp_path / "lake").exists()


def test_folder_without_history_fails(tmp_path: Path, imported: Import):
    """A wrong folder must not pass for a success."""
    (tmp_path / "empty").mkdir()

    status, run = imported(tmp_path / "empty")

    assert status == 3
    assert "holds no file of history" in run["errors"][0]


def test_source_typed_through_a_link_is_the_same_source(imported: Import, tmp_path: Path):
    """What it gave is found again, to be skipped or to be cleared."""
    folder, link = tmp_path / "history", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    lines = (HISTORY / "2025-10-08_NQ_NDX_classic_gex_zero.jsonl").read_bytes().splitlines(keepends=True)
    file = folder / "2025-10-08_NQ_NDX_classic_gex_zero.jsonl"
    file.write_bytes(b"".join(lines[:50]))
    imported(folder)
    assert imported(link)[1]["files"]["unchanged"] == 1
    file.write_bytes(b"".join(lines[50:60]))

    assert imported(link, "--clear-existing", "--without-sources", "--yes")[1]["snapshots"]["accepted"] == 10

    assert imported(folder, "--force")[1]["snapshots"]["duplicates"] == 10
    file.write_bytes(b"".join(lines[:50]))
    assert imported(folder)[1]["snapshots"]["accepted"] == 50


def test_an_import_loads_nothing_before_it_hands_files_out_that_it_needs_only_later(imported: Import, tmp_path: Path):
    """One that has nothing to do gets as far as that: neither what pyarrow computes with, nor what draws the report."""
    imported(HISTORY)
    arguments = ["import", str(HISTORY), "--lake", str(tmp_path / "lake"), "--json"]
    program = (
        "import sys; from gexlake.entrypoints.cli.main import run; "
        f"status = run({arguments!r}); "
        "sys.exit('loaded' if {'numpy.ma', 'polars', 'pyarrow.compute', 'rich'} & set(sys.modules) else status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
