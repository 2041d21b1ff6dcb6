"""What an import says at its end, and the exit status that it gives."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from gexlake.domain.feed import Feed
from gexlake.domain.runs import Counts, DayTotal, FileTally, ImportRun, RunStatus
from gexlake.entrypoints.cli.output.advice import advice
from gexlake.entrypoints.cli.output.import_report import conclude, summary
from gexlake.entrypoints.cli.session import Session
from gexlake.entrypoints.shapes.reports import run_object

FEED = Feed("NQ_NDX", "classic", "gex_zero")


def run(status: RunStatus = RunStatus.SUCCESS, **facts: Any) -> ImportRun:
    """Make a run of one good file."""
    fields: dict[str, Any] = {
        "import_id": "run-1",
        "source": "history",
        "status": status,
        "started_at": datetime(2025, 11, 20, tzinfo=UTC),
        "files": FileTally(found=1, imported=1),
        "counts": Counts(read=2_000, accepted=2_000, strikes=198_000),
        "bytes_read": 10_000_000,
        "duration_seconds": 2.0,
        "days": (DayTotal(feed=FEED, date=date(2025, 10, 6), snapshots=2_000, strikes=198_000),),
        **facts,
    }
    return ImportRun(**fields)


BAD = {
    "files": FileTally(found=4, imported=1, partial=1, failed=1, unsupported=1),
    "counts": Counts(read=2_010, accepted=2_000, conflicts=3, rejected=7, flagged=1, strikes=198_000),
    "errors": ("a.json: breaks off", "b.json: import it again with --assume-category gex_zero"),
}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RunStatus.SUCCESS, 0),
        (RunStatus.PARTIAL, 1),
        (RunStatus.FAILED, 3),
        (RunStatus.INTERRUPTED, 3),
    ],
)
def test_the_exit_status_tells_how_a_run_ended(status: RunStatus, code: int) -> None:
    """Scripts look at nothing else."""
    assert conclude(run(status), Session(), as_json=True) == code


def test_json_is_one_object_of_a_promised_shape(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Names and nesting are what scripts rely on."""
    conclude(run(**BAD), Session(), as_json=True)
    assert orjson.loads(capfdbinary.readouterr().out) == {
        "import_id": "run-1",
        "status": "success",
        "dry_run": False,
        "files": {"found": 4, "imported": 1, "unchanged": 0, "partial": 1, "failed": 1, "unsupported": 1},
        "snapshots": {
            "read": 2_010,
            "accepted": 2_000,
            "duplicates": 0,
            "rounding_twins": 0,
            "conflicts": 3,
            "rejected": 7,
            "flagged": 1,
            "skipped": 0,
        },
        "strikes": {"accepted": 198_000},
        "bytes_read": 10_000_000,
        "duration_seconds": 2.0,
        "days": [
            {
                "ticker": "NQ_NDX",
                "package": "classic",
                "category": "gex_zero",
                "date": "2025-10-06",
                "snapshots": 2_000,
                "strikes": 198_000,
            }
        ],
        "errors": ["a.json: breaks off", "b.json: import it again with --assume-category gex_zero"],
    }


def test_a_stopped_run_has_failed_towards_the_outside() -> None:
    """The promised statuses are three."""
    assert run_object(run(RunStatus.INTERRUPTED))["status"] == "failed"


def test_the_summary_counts_everything_that_was_read() -> None:
    """Files, bytes, speed and snapshots."""
    text = "\n".join(summary(run(**BAD)))
    assert "4 files: 1 imported, 1 imported in part, 1 failed, 1 of other feeds" in text
    assert "10.0 MB read in 2.0 s, 5.0 MB/s" in text
    assert "2,010 snapshots read = 2,000 accepted + 3 in conflict + 7 rejected" in text


def test_one_is_not_many() -> None:
    """A single twin is no twins."""
    twin = run(counts=Counts(read=2_003, accepted=2_000, duplicates=2, rounding_twins=1, strikes=198_000))
    assert "2,000 accepted + 2 duplicates + 1 rounding twin" in summary(twin)[-1]


def test_what_was_skipped_is_said() -> None:
    """In a line of its own, for it is not among what was read."""
    assert "6 other records skipped" in summary(run(counts=Counts(skipped=6)))[-1]


def test_an_account_that_does_not_hold_is_shouted() -> None:
    """Whoever reads only the end of a report must see it."""
    lost = run(RunStatus.FAILED, counts=Counts(read=2_000, accepted=1_999))
    assert "2,000 snapshots read DOES NOT EQUAL 1,999 accepted" in summary(lost)[-1]


def test_a_dry_run_says_that_nothing_was_written() -> None:
    """In its first line."""
    assert "nothing was written" in summary(run(dry_run=True))[0]


def test_a_dry_run_claims_nothing_to_be_kept() -> None:
    """Its rejects and ladders are gone when it ends."""
    texts = [found.text for found in advice(run(**BAD, dry_run=True))]
    assert {"7 records broke a rule:", "1 ladder not adding up to the vendor's sums:"} <= set(texts)


def test_every_kind_of_trouble_has_its_advice() -> None:
    """Each says how many and what shows them."""
    commands = [found.command for found in advice(run(**BAD))]
    assert "rejects list --path history" in commands
    assert "rejects list --path history --reason conflict" in commands
    assert "lineage --run run-1 --status partial" in commands
    assert "lineage --run run-1 --status failed" in commands
    assert "lineage --run run-1 --status unsupported" in commands
    assert any("--assume-category" in found.text for found in advice(run(**BAD)))


def test_what_lost_a_conflict_is_told_how_it_would_win() -> None:
    """The file is read already, so it takes --force; a dry run has left nothing, and a replay names records."""

    def told(*, dry_run: bool = False, **options: Any) -> str:
        return next(
            found.text for found in advice(run(**BAD, dry_run=dry_run, options=options)) if "in conflict" in found.text
        )

    assert told(on_conflict="keep").endswith(", which stays (--force --on-conflict replace takes these):")
    assert told(dry_run=True, on_conflict="keep").endswith(", which stays (--on-conflict replace takes these):")
    for options in ({"on_conflict": "replace"}, {"on_conflict": "keep", "replay": [3]}):
        assert told(**options).endswith("moment (--on-conflict says which one wins):")


def test_a_clean_run_needs_no_advice() -> None:
    """Nothing is said where nothing is wrong."""
    assert advice(run()) == []


def test_advice_can_be_pasted_into_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the lake that the user named, quoted; so do commands in what is said of a file."""
    flooded = ("c.json: holds hardly a good record; see what they are with 'gexlake rejects list'",)
    conclude(run(**{**BAD, "errors": flooded}), Session(lake=Path("my lake")), as_json=False)
    told = capsys.readouterr().out
    assert "gexlake rejects list --path history --lake 'my lake'" in told
    assert "see what they are with 'gexlake rejects list --lake 'my lake''" in told


def test_advice_beside_a_server_is_asked_of_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """No command could look into its lake."""
    source, server = "my history", "http://127.0.0.1:8080"
    conclude(run(**BAD, source=source), Session(lake=Path("lake")), as_json=False, server=server)
    advised = capsys.readouterr().out.partition("What to do")[2]
    assert [line.strip() for line in advised.splitlines() if line.startswith("    ")] == [
        f"{server}/rejects?path=my+history&pending=true",
        f"{server}/rejects?path=my+history&reason=conflict&pending=true",
        f"{server}/lineage?run=run-1&status=partial",
        f"{server}/lineage?run=run-1&status=failed",
        f"{server}/lineage?run=run-1&status=unsupported",
        f"{server}/flagged",
    ]


def test_the_report_has_a_row_for_each_day_and_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    """With separators in the numbers, and no colours where there is no terminal."""
    conclude(run(), Session(), as_json=False)
    out = capsys.readouterr().out
    assert any(
        line.split() == ["NQ_NDX/classic/gex_zero", "2025-10-06", "2,000", "198,000", "0"] for line in out.splitlines()
    )
    assert "198,000" in out
    assert "\x1b[" not in out


def test_many_errors_are_cut_short_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """--verbose shows them all."""
    many = run(errors=tuple(f"file {n} [is] torn" for n in range(30)))
    conclude(many, Session(), as_json=False)
    assert "and 20 more" in capsys.readouterr().out
    conclude(many, Session(verbose=True), as_json=False)
    assert "file 29 [is] torn" in capsys.readouterr().out
