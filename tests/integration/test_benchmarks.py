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


#: A benchmark starts many programs, and other tests run beside it.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all of them: they share the history that they are measured on."""
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="module")
def found(work: Path) -> Any:
    """What results.json says after most parts, which are measured in one run."""
    return results(work, "imports", "forms", "repeats", "scale", "queries", "programs")


def command(work: Path, *parts: str) -> list[str]:
    """Give the command that measures some parts, without the peers."""
    options = ["--tiny", "--only", ",".join(parts), "--work", work, "--peers", work / "none"]
    return [sys.executable, str(RUN), *map(str, options)]


def results(work: Path, *parts: str) -> Any:
    """Measure some parts; give what results.json says."""
    subprocess.run(command(work, *parts), check=True, capture_output=True)
    assert "Not measured yet" not in (work / "README.md").read_text(encoding="utf-8")
    return json.loads((work / "results.json").read_text(encoding="utf-8"))


def test_import_race_counts_the_same_rows_for_every_contestant(found: Any, work: Path) -> None:
    """All are measured on the same files; a peer that is not installed is named, with the reason."""
    race = found["imports"]
    assert race["rows"] == [120, 1200]
    missing = {name for name, one in race["contestants"].items() if "missing" in one}
    assert missing <= {"chdb", "floor", "floor at once"}
    assert race["contestants"]["chdb"]["missing"].startswith("chdb is not installed")
    for name in race["contestants"].keys() - missing:
        assert race["contestants"][name]["seconds"]["median"] > 0
    assert (work / "imports.svg").read_text(encoding="utf-8").startswith("<svg")


def test_every_encoding_holds_the_same_ladders(found: Any, work: Path) -> None:
    """Each is written and read by every reader; what was measured elsewhere is kept, and says so."""
    told = json.loads((work / "results.json").read_text(encoding="utf-8"))
    elsewhere = found["measured"]["forms"]["circumstances"] | {"kernel": "1.0"}
    before = {"at": "a while ago", "commit": "another", "circumstances": elsewhere}
    told["measured"]["forms"] = before
    (work / "results.json").write_text(json.dumps(told), encoding="utf-8")
    kept = results(work, "encodings")
    assert (kept["forms"], kept["measured"]["forms"]) == (found["forms"], before)
    report = (work / "README.md").read_text(encoding="utf-8")
    assert "Measured a while ago at commit `another` on machine B." in report
    assert "- Machine B: " in report
    assert "Linux 1.0" in report
    encodings = kept["encodings"]
    assert (encodings["snapshots"], encodings["rows"]) == (60, 600)
    assert all(one[key]["median"] > 0 for one in encodings["ways"].values() for key in ("bytes", "ladder_ms"))


def test_repeats_are_what_they_are_made_to_be(found: Any) -> None:
    """The program itself counts them; each kind is beside the first import."""
    repeats = found["repeats"]
    assert list(repeats) == ["the first time", "duplicates", "rounding_twins", "conflicts"]
    assert all(one["times_first"]["median"] > 0 for one in repeats.values())


def test_everything_that_must_not_grow_is_measured(found: Any) -> None:
    """Each import has counted what it did; one that is run again has found nothing new."""
    scale = found["scale"]
    assert list(scale["days"]) == ["1", "2"]
    assert [one["rows"] for one in scale["memory"]] == [[30, 300], [120, 1200]]
    assert (scale["unchanged"]["files"], scale["small_files"]["files"]) == (2, 20)
    for one in (*scale["days"].values(), *scale["memory"]):
        assert all(one[key]["median"] > 0 for key in ("tree_mib", "process_mib"))


def test_memory_of_what_a_command_has_started_is_told_apart() -> None:
    """The largest of these is another figure than the largest of all."""
    holds = "import time; held = bytearray({} << 20); time.sleep(3)"
    alone = holds.format(96)
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holds.format(64)!r}]); {alone}"
    large, small = (_memory_of(program) for program in (starts, alone))
    assert large["process_mib"] > 96 > large["worker_mib"] > 64
    assert small["process_mib"] > 96
    assert small["worker_mib"] == 0


def test_every_question_of_a_load_is_answered(found: Any) -> None:
    """Both servers answer all of them: alone, under load, just begun, during an import, and from old lakes."""
    queries = found["queries"]
    load = queries["load"]
    assert load["holds"] == {"days": 4, "snapshots": 1200, "strikes": 24000}
    loads = [*load["steady"].values(), *load["route_steady"].values(), *load["alone"].values()]
    loads += [*load["route_alone"].values(), queries["importing"], queries["remembered"], queries["begun"]]
    loads += [one for name in ("begun", "steady") for one in queries["ages"][name].values()]
    assert all(one["answers"] > 0 for one in loads)
    assert [one["failed"] for one in loads] == [0] * len(loads)


def test_programs_get_the_same_whichever_way_they_ask(found: Any) -> None:
    """The benchmark itself compares what they get."""
    programs = found["programs"]
    assert (programs["snapshots"], programs["strikes"], programs["ticks"]) == (300, 6_000, 1_000)
    for asked in ("snapshot", "as_of", "ladders"):
        assert list(programs[asked]) == ["gexlake.open", "gexlake.open, held", "Polars", "DuckDB"]
        assert all(way["ms"]["median"] > 0 for way in programs[asked].values())


def test_interrupted_benchmark_leaves_no_process(work: Path) -> None:
    """SIGTERM ends the children too, wherever it is."""
    with subprocess.Popen(command(work, "imports"), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "round 1" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    words = (folder / "cmdline" for folder in Path("/proc").iterdir() if folder.name.isdigit())
    assert [path for path in words if str(work).encode() in _read(path)] == []


def _memory_of(program: str) -> Any:
    """Give the figures of a program of Python."""
    measures = "import json, sys; from measure import measure; print(json.dumps(measure(sys.argv[1:]).figures()))"
    command = [sys.executable, "-c", measures, sys.executable, "-c", program]
    return json.loads(subprocess.run(command, cwd=RUN.parent, check=True, capture_output=True).stdout)


def _read(path: Path) -> bytes:
    """Read the command line of a process; nothing if it is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
