"""How output fits where it goes: a narrow terminal, one that does not say its size, a closed pipe, another encoding."""

import fcntl
import os
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history

Gexlake = Callable[..., tuple[int, str, str]]
PROGRAM = [sys.executable, "-c", "from gexlake.entrypoints.cli.start import main; main()"]
TABLES = (
    "query",
    "query --limit 3",
    "query --feeds",
    "ladder --format table",
    "ladder --format picture --rows 5",
    "runs",
    "lineage",
    "rejects list",
    "coverage",
    "verify --verbose",
)


def words(out: str) -> set[str]:
    """Give all words with a digit in them, but for paths, which may be folded."""
    return {word for word in out.split() if any(map(str.isdigit, word)) and not word.startswith("history/")}


@pytest.mark.parametrize("terminal", ["0", "1"])
@pytest.mark.parametrize("question", TABLES)
def test_a_narrow_line_cuts_nothing(
    gexlake: Gexlake, question: str, terminal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers, dates and ids are the same as where there is room, on a terminal and elsewhere."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    _, wide, _ = gexlake(*question.split())
    monkeypatch.setenv("TTY_COMPATIBLE", terminal)
    monkeypatch.setenv("COLUMNS", "20")
    _, narrow, _ = gexlake(*question.split())
    assert words(wide) - words(narrow) == set()


def test_what_folds_keeps_room_for_words(gexlake: Gexlake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason is no column of letters, and no line ends with blanks that a terminal would break."""
    monkeypatch.setenv("COLUMNS", "50")
    _, out, _ = gexlake("coverage")
    assert "ends 6 h 27 min early" in out
    assert out == "".join(f"{line.rstrip()}\n" for line in out.splitlines())


@pytest.mark.parametrize("size", ["0", "-1", "wide", "²"])
def test_a_size_that_is_none_is_not_known(gexlake: Gexlake, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever exports 0, or nonsense, gets what they would get without."""
    expected = gexlake("lineage")
    monkeypatch.setenv("COLUMNS", size)
    monkeypatch.setenv("LINES", size)
    assert gexlake("lineage") == expected


@pytest.mark.parametrize("question", ["verify", "doctor", "coverage", "repair", "query", "query --json"])
def test_a_reader_that_goes_away_has_a_status_of_its_own(folder: Path, question: str) -> None:
    """Whatever draws the output: 1 would say that something is off."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [*PROGRAM, *question.split(), "--lake", str(folder), "--category", "zero"]
        command = command if "query" in question else command[:-2]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device stands for a full disk here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_log_that_has_no_room_left_stops_nothing(tmp_path: Path, unbuffered: str) -> None:
    """Neither an import, which tells of its progress there, nor is the status of what fails another one."""
    write_history(tmp_path / "history", days=1, snapshots=30)
    lake = ["--lake", str(tmp_path / "lake")]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}

    def status(*arguments: str) -> int:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*PROGRAM, *arguments, *lake], stderr=full, env=environment, check=False)
        return done.returncode

    assert status("import", str(tmp_path / "history")) == 0
    assert status("import", str(tmp_path / "history"), "--force", "--progress", "bar") == 0
    assert status("verify") == 0
    assert status("query", "VIX") == 3
    assert status("query", "--nonsense") == 2


def test_what_fails_keeps_its_status_when_nobody_listens(folder: Path) -> None:
    """Its sentence goes nowhere; Python would end with 1, or with 120."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([*PROGRAM, "query", "VIX", "--lake", str(folder)], stderr=writer, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 3


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_encoding_without_the_characters_of_a_picture_is_no_failure(
    make_lake: Callable[[Path], Path], tmp_path: Path, encoding: str
) -> None:
    """Others stand for them, and escapes for those of a path."""
    questions = ("ladder --category zero --format picture", "coverage", "doctor", "lineage")
    program = f"""if True:
        from gexlake.entrypoints.cli import main
        for question in {questions}:
            main.run([*question.split(), "--lake", {str(make_lake(tmp_path / "läke€"))!r}])
            print("-- end --")
    """
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert b"should not have happened" not in done.stderr
    ladder, coverage, doctor, _, _ = done.stdout.decode(encoding).split("-- end --")
    assert "####|" in ladder or "|####" in ladder
    assert "%% 1 degraded" in coverage
    assert ("läke\\u20ac" if encoding == "latin-1" else "l\\xe4ke\\u20ac") in doctor


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="Linux alone has pipes that are small")
def test_a_pipe_that_does_not_wait_for_its_reader_gets_all(folder: Path) -> None:
    """Whoever shared it may have left it so; what it does not take at once is not lost."""
    question = [*PROGRAM, "query", "--limit", "100", "--json", "--lake", str(folder)]
    whole = subprocess.run(question, capture_output=True, check=True).stdout
    reader, writer = os.pipe()
    held = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 16384)
    assert len(whole) > 2 * held
    os.set_blocking(writer, False)
    with subprocess.Popen(question, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        while int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, bytes(4)), sys.byteorder) < held // 4:
            assert process.poll() is None, len(whole)
        with os.fdopen(reader, "rb") as pipe:
            assert pipe.read() == whole
        assert process.stderr is not None
        assert (process.wait(), process.stderr.read()) == (0, b"")
