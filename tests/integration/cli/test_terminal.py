"""What reaches the terminal: no control characters of the data, and nothing at all where a stream is closed."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gexlake.entrypoints.cli import main
from support.records import lines, record, without, words

#: Clears the screen, rings, ends the line.
CONTROL = "\x1b[2J\x07\n\x85"
TICKER = f"A{CONTROL}B"
SHOWN = r"A\x1b[2J\x07\n\x85B"


@pytest.fixture
def lake(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a lake of a file whose name, ticker, reject and unknown field hold control characters."""
    monkeypatch.delenv("COLUMNS", raising=False)  # workers of the test run have one
    folder = tmp_path / f"history{CONTROL}"
    folder.mkdir()
    made = [
        record(0, ticker=TICKER, note={"\x9b31m": 1}),
        record(1, ticker=TICKER, sum_gex_vol=99),
        without(record(2, ticker=TICKER), "spot"),
        record(3, ticker=TICKER, spot=CONTROL),
    ]
    (folder / "classic_gex_zero.jsonl").write_bytes(lines(map(words, made)))
    assert main.run(["import", str(folder), "--lake", str(tmp_path / "lake"), "--progress", "plain"]) == 1
    out, err = capsys.readouterr()
    _check(out, err)
    assert SHOWN in out
    return tmp_path / "lake"


def _check(*told: str) -> None:
    """Check that nothing but line ends is left of all control characters."""
    assert {letter for text in told for letter in text if letter < " " or "\x7f" <= letter < "\xa0"} <= {"\n"}


@pytest.mark.parametrize(
    "question",
    [
        "query",
        "query --feeds",
        "query --limit 9",
        "ladder --format picture",
        "day",
        "runs",
        "lineage --verbose",
        "rejects list",
        "flagged",
        "coverage",
        "verify --verbose",
        "query --at 2011",
        "query AB",
    ],
)
def test_control_characters_are_shown_and_not_obeyed(
    lake: Path, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In tables, facts, titles and errors, none of which they break."""
    main.run([*question.split(), "--lake", str(lake)])
    _check(*capsys.readouterr())


def test_a_cell_stays_in_its_line(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever ends a line is written as an escape."""
    main.run(["query", "--feeds", "--lake", str(lake)])
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "2025-10-06" in line]
    assert row.split()[0] == f"{SHOWN}/classic/gex_zero"
    main.run(["rejects", "show", "2", "--lake", str(lake)])
    (sentence,) = capsys.readouterr().err.splitlines()
    assert r"\x1b[2J\x07\n\x85" in sentence


def test_json_keeps_them(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written as JSON writes them."""
    main.run(["query", "--feeds", "--json", "--lake", str(lake)])
    assert json.loads(capsys.readouterr().out)[0]["ticker"] == TICKER


@pytest.mark.parametrize(
    ("closed", "questions"),
    [
        (">&-", ["query --feeds", "query --json", "verify"]),
        ("2>&-", ["query --feeds"]),
        ("<&- >&- 2>&-", ["verify"]),
    ],
)
def test_a_closed_stream_is_no_failure(tmp_path: Path, closed: str, questions: list[str]) -> None:
    """The work is done, and what would have been said goes nowhere, least of all into the lake."""
    source = tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"
    source.write_bytes(lines([words(record(n)) for n in range(3)]))
    program = [sys.executable, "-c", "from gexlake.entrypoints.cli.start import main; main()"]
    lake = ["--lake", str(tmp_path / "lake")]
    for question in (["import", str(source)], *map(str.split, questions)):
        command = shlex.join([*program, *question, *lake])
        done = subprocess.run(f"{command} {closed}", shell=True, capture_output=True, text=True, check=False)  # noqa: S602
        assert (done.returncode, "Traceback" in done.stderr, "gexlake:" in done.stderr) == (0, False, False)
