"""The benchmarks at a tiny size: they run to their end, and count what they did. Nothing is timed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).parents[2] / "benchmarks" / "run.py"


def command(work: Path, part: str) -> list[str]:
    """Give the command that measures a part, without the peers."""
    options = ["--tiny", "--only", part, "--work", work, "--peers", work / "none"]
    return [sys.executable, str(RUN), *map(str, options)]


def results(work: Path, part: str) -> Any:
    """Measure a part; give what results.json says of it."""
    subprocess.run(command(work, part), check=True, capture_output=True)
    assert "Not measured yet" not in (work / "README.md").read_text(encoding="utf-8")
    return json.loads((work / "results.json").read_text(encoding="utf-8"))[part]


@pytest.mark.timeout(180)
def test_import_race_counts_the_same_rows_for_every_contestant(tmp_path: Path) -> None:
    """All are measured on the same files; a peer that is not installed is named, with the reason."""
    found = results(tmp_path, "imports")
    assert found["rows"] == [240, 4800]
    missing = {name for name, one in found["contestants"].items() if "missing" in one}
    assert missing <= {"chdb", "floor", "floor at once"}
    assert found["contestants"]["chdb"]["missing"].startswith("chdb is not installed")
    for name in found["contestants"].keys() - missing:
        assert found["contestants"][name]["seconds"]["median"] > 0
    assert (tmp_path / "imports.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.timeout(180)
def test_every_encoding_holds_the_same_ladders(tmp_path: Path) -> None:
    """Each is written and read by every reader; what was measured at another commit is kept, and says so."""
    before = {"at": "a while ago", "commit": "another"}
    results(tmp_path, "forms")
    told = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    told["measured"]["forms"] = before
    (tmp_path / "results.json").write_text(json.dumps(told), encoding="utf-8")
    found = results(tmp_path, "encodings")
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert (kept["forms"], kept["measured"]["forms"]) == (told["forms"], before)
    assert "Measured a while ago at commit `another`." in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert (found["snapshots"], found["rows"]) == (120, 2400)
    assert all(one[key]["median"] > 0 for one in found["ways"].values() for key in ("bytes", "ladder_ms"))


@pytest.mark.timeout(180)
def test_repeats_are_what_they_are_made_to_be(tmp_path: Path) -> None:
    """The program itself counts them; each kind is beside the first import."""
    found = results(tmp_path, "repeats")
    assert list(found) == ["the first time", "duplicates", "rounding_twins", "conflicts"]
    assert all(one["times_first"]["median"] > 0 for one in found.values())


@pytest.mark.timeout(180)
def test_every_question_of_a_load_is_answered(tmp_path: Path) -> None:
    """Both servers answer all of them: alone, under load, just begun, during an import, and from old lakes."""
    found = results(tmp_path, "queries")
    load = found["load"]
    assert load["holds"] == {"days": 4, "snapshots": 1200, "strikes": 24000}
    loads = [*load["steady"].values(), *load["route_steady"].values(), *load["alone"].values()]
    loads += [*load["route_alone"].values(), found["importing"], found["remembered"], found["begun"]]
    loads += [one for name in ("begun", "steady") for one in found["ages"][name].values()]
    assert all(one["answers"] > 0 for one in loads)
    assert [one["failed"] for one in loads] == [0] * len(loads)


def test_interrupted_benchmark_leaves_no_process(tmp_path: Path) -> None:
    """SIGTERM ends the children too, wherever it is."""
    with subprocess.Popen(command(tmp_path, "imports"), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "round 1" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    words = (folder / "cmdline" for folder in Path("/proc").iterdir() if folder.name.isdigit())
    assert [path for path in words if str(tmp_path).encode() in _read(path)] == []


def _read(path: Path) -> bytes:
    """Read the command line of a process; nothing if it is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
