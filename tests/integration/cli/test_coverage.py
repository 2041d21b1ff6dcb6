"""The commands that say what is there: coverage and flagged, over a lake that lies on disk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.entrypoints.cli import main
from support.records import record

Gexlake = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def flagged_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a lake with three flagged ladders of one hundred, imported from a file."""
    folder = tmp_path_factory.mktemp("flagged")
    wrong = {10: {"sum_gex_vol": 99.0}, 20: {"sum_gex_oi": 0.0}, 30: {"sum_gex_vol": -1.0}}
    lines = [json.dumps(record(second, **wrong.get(second, {}))) + "\n" for second in range(100)]
    (folder / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl").write_text("".join(lines), encoding="utf-8")
    main.run(["import", str(folder), "--lake", str(folder / "lake"), "--progress", "none"])
    return folder / "lake"


def test_coverage_of_each_feed(gexlake: Gexlake) -> None:
    """Two minutes of a session: they end early, in the table, the picture and in JSON."""
    status, out, _ = gexlake("coverage")
    assert status == 0
    assert "October 2025" in out
    assert "▒▒ 1 degraded" in out
    assert "ends 6 h 27 min early" in out
    found = json.loads(gexlake("coverage", "--category", "zero", "--json")[1])
    assert len(found) == 1
    assert found[0] | {"gaps": [], "source_files": ["history/2025-10-06_gex_zero.json"]} == {
        "ticker": "NQ_NDX",
        "package": "classic",
        "category": "gex_zero",
        "date": "2025-10-06",
        "condition": "degraded",
        "reasons": ["early-end"],
        "opens": "2025-10-06T13:30:00Z",
        "closes": "2025-10-06T20:00:00Z",
        "first": "2025-10-06T13:30:02Z",
        "last": "2025-10-06T13:32:01Z",
        "snapshots": 120,
        "cadence_seconds": 1.0,
        "gaps": [],
        "late_seconds": 2.0,
        "early_seconds": 23_279.0,
        "flagged": 0,
        "source_files": ["history/2025-10-06_gex_zero.json"],
    }


def test_coverage_of_a_stretch(gexlake: Gexlake) -> None:
    """Sessions without data are missing; a ticker that is not there is said."""
    found = json.loads(gexlake("coverage", "nq_ndx", "--category", "zero", "--start", "2025-10-02", "--json")[1])
    assert [day["condition"] for day in found] == ["missing", "missing", "degraded"]
    assert gexlake("coverage", "SPX")[0] == 3


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("--fail-on missing", 0),
        ("--fail-on degraded", 1),
        ("--fail-on missing --start 2025-10-03", 1),
        ("--fail-on degraded --start 2025-10-03 --end 2025-10-03", 1),
    ],
)
def test_a_nightly_job_hears_of_what_is_not_there(gexlake: Gexlake, question: str, status: int) -> None:
    """By the exit status; what is said is the same."""
    arguments = question.split()
    assert gexlake("coverage", *arguments) == (status, *gexlake("coverage", *arguments[2:])[1:])


def test_flagged_ladders_are_listed(
    flagged_lake: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was claimed, what the ladder adds up to, and where the record stands."""
    monkeypatch.setenv("GEXLAKE_LAKE", str(flagged_lake))
    capfd.readouterr()
    assert main.run(["flagged", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [(one["record"], one["claimed_vol"], one["actual_vol"]) for one in found] == [
        (10, 99.0, 40.5),
        (20, 40.5, 40.5),
        (30, -1.0, 40.5),
    ]
    assert (found[1]["claimed_oi"], found[1]["actual_oi"], found[1]["rows"]) == (0.0, -21.75, 3)
    assert found[0]["timestamp"] == "2025-10-06T13:30:12Z"
    assert found[0]["source_file"].endswith("2025-10-06_NQ_NDX_classic_gex_zero.jsonl")
    assert main.run(["flagged", "NQ_NDX", "--limit", "2"]) == 0
    out = capfd.readouterr().out
    assert "record 10" in out
    assert "and 1 more" in out
    assert main.run(["verify"]) == 0


def test_no_flagged_ladders(gexlake: Gexlake) -> None:
    """Is said, and is an empty array."""
    assert gexlake("flagged")[1] == "No flagged ladders: all add up.\n"
    assert gexlake("flagged", "--json")[1] == "[]\n"
