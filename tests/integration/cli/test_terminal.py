"""What reaches the terminal: no control characters of the data, and nothing at all where a stream is closed."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gexlake.entrypoints.cli import main
from support.commands import Commands
from support.records import lines, record, without, words

#: Clears the screen, rings, ends the line.
CONTROL = "\x1b[2J\x07\n\x85"
TICKER = f"A{CONTROL}B"
SHOWN = r"A\x1b[2J\x07\n\x85B"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    """Give a lake of a file whose name, ticker, reject and unknown field hold control characters; it is only read."""
    place = tmp_path_factory.mktemp("terminal")
    folder = place / f"history{CONTROL}"
    folder.mkdir()
    made = [
        record(0, ticker=TICKER, note={"\x9b31m": 1}),
        record(1, ticker=TICKER, sum_gex_vol=99),
        without(record(2, ticker=TICKER), "spot"),
        record(3, ticker=TICKER, spot=CONTROL),
    ]
    (folder / "classic_gex_zero.jsonl").write_bytes(lines(list(map(words, made))))
    asked = ("import", folder, "--lake", place / "lake", "--progress", "plain")
    status, out, err, _ = commands(*asked, variables={"COLUMNS": "0"})
    _check(out, err)
    assert (status, SHOWN in out) == (1, True)
    return place / "lake"


@pytest.fixture(autouse=True)
def as_wide_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of the test run say how wide they are."""
    monkeypatch.delenv("COLUMNS", raising=False)


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


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A file of history."""
    path = tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"
    path.write_bytes(lines([words(record(n)) for n in range(3)]))
    return path


@pytest.mark.parametrize(
    ("closed", "questions"),
    [((1,), ["query --feeds", "query --json", "verify"]), ((2,), ["query --feeds"])],
    ids=["stdout", "stderr"],
)
def test_a_closed_stream_is_no_failure(
    commands: Commands, day: Path, tmp_path: Path, closed: tuple[int, ...], questions: list[str]
) -> None:
    """The work is done, and what would have been said goes nowhere, least of all into the lake."""
    for question in (["import", str(day)], *map(str.split, questions)):
        status, _, err = commands.run_program(*question, "--lake", tmp_path / "lake", closed=closed)
        assert (status, b"Traceback" in err, b"gexlake:" in err) == (0, False, False)


def test_a_shell_may_close_all_streams(day: Path, tmp_path: Path) -> None:
    """Then Python itself begins without any, and the files that it opens take their places."""
    program = [sys.executable, "-c", "from gexlake.entrypoints.cli.startup.start import main; main()"]
    for question in (["import", str(day)], ["verify"]):
        command = shlex.join([*program, *question, "--lake", str(tmp_path / "lake")])
        done = subprocess.run(f"{command} <&- >&- 2>&-", shell=True, check=False)  # noqa: S602
        assert done.returncode == 0
