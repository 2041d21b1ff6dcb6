"""The commands that cures name import a file as it was imported: they can be run as they stand."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.entrypoints.cli import main
from support.records import record, words

Call = Callable[..., tuple[int, str, str]]
OPTIONS = ("--ticker", "NQ_NDX", "--assume-category", "gex_one")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of two tickers, of which nothing names the category."""
    file = tmp_path / "my history" / "day.jsonl"
    file.parent.mkdir()
    file.write_bytes(b"\n".join([words(record(0)), words(record(1, ticker="SPX")), b""]))
    return file


@pytest.fixture
def call(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command on a lake that has one of the tickers, and give status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main.run([*arguments, "--lake", str(tmp_path / "lake")])
        return status, *capsys.readouterr()

    assert run("import", str(source), *OPTIONS)[0] == 0
    return run


def feeds(call: Call) -> list[str]:
    """Name the feeds that the lake holds."""
    return [f"{day['ticker']}/{day['category']}" for day in json.loads(call("query", "--feeds", "--json")[1])]


def commands_in(told: str, source: Path) -> list[list[str]]:
    """Give the commands that an output names, each at the end of its line, without ``gexlake`` and the lake."""
    lines = [line.partition("gexlake import ")[2] for line in told.splitlines()]
    found = [["import", *shlex.split(line)] for line in lines if line]
    assert [command[1] for command in found] == [str(source)] * len(found)
    return [command[: command.index("--lake")] for command in found]


def test_repair_names_the_options_that_bring_back_what_there_was(call: Call, source: Path, tmp_path: Path) -> None:
    """Without them the file would fail, or bring more than was wanted."""
    next((tmp_path / "lake" / "strikes").rglob("*.parquet")).unlink()
    assert json.loads(call("repair", "--dry-run", "--json")[1])["imports"] == [
        shlex.join(["import", str(source), *OPTIONS])
    ]
    status, told, _ = call("repair")
    assert (status, feeds_of_nothing(call)) == (1, 3)
    (command,) = commands_in(told, source)
    assert command[2:] == list(OPTIONS)
    assert call(*command)[0] == 0
    assert feeds(call) == ["NQ_NDX/gex_one"]
    assert call("verify", "--deep", str(source))[0] == 0


def feeds_of_nothing(call: Call) -> int:
    """Give the status of a question to a lake that holds nothing."""
    return call("query")[0]


def test_verify_names_them_for_a_file_that_has_changed(call: Call, source: Path) -> None:
    """It is read on as it was begun."""
    with source.open("ab") as file:
        file.write(words(record(2)) + b"\n")
    status, told, _ = call("verify", "--deep", str(source))
    (command,) = commands_in(told, source)
    assert (status, command[2:]) == (1, list(OPTIONS))
    assert call(*command)[0] == 0
    assert feeds(call) == ["NQ_NDX/gex_one"]
    assert call("verify", "--deep", str(source))[0] == 0


def test_verify_compares_what_was_imported_of_a_file_with_one_filter_after_the_other(call: Call, source: Path) -> None:
    """What the second one leaves out was taken by the first."""
    assert call("import", str(source), "--ticker", "SPX", "--assume-category", "gex_zero")[0] == 0
    assert feeds(call) == ["NQ_NDX/gex_one", "SPX/gex_zero"]
    status, told, _ = call("verify", "--deep", str(source))
    assert (status, "everything is accounted for" in told) == (0, True)


def test_the_doctor_names_them_for_a_run_that_has_failed(call: Call, source: Path) -> None:
    """The same command goes on."""
    source.write_bytes(words(record(0, spot=25_000.5)) + b"\n")
    options = [*OPTIONS, "--on-conflict", "fail", "--max-error-rate", "0.5"]
    assert call("import", str(source), *options)[0] == 3
    told = " ".join(call("doctor")[1].split())
    (command,) = commands_in(told[told.index("It goes on with:") : told.index("ok calendar")], source)
    assert command[2:] == options
