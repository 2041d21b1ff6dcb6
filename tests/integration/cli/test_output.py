"""How output fits where it goes: a narrow terminal, one that does not say its size, a closed pipe, another encoding."""

import fcntl
import os
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands

Gexlake = Callable[..., tuple[int, str, str]]
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


@pytest.fixture
def unread() -> Iterator[int]:
    """The end of a pipe that nobody reads from."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.parametrize("question", ["verify", "doctor", "coverage", "repair", "query", "query --json"])
def test_a_reader_that_goes_away_has_a_status_of_its_own(
    commands: Commands, folder: Path, unread: int, question: str
) -> None:
    """Whatever draws the output: 1 would say that something is off."""
    words = [*question.split(), "--lake", folder, *(("--category", "zero") if "query" in question else ())]
    status, _, err = commands.run_program(*words, out=unread)
    assert (status, err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device stands for a full disk here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_log_that_has_no_room_left_stops_nothing(commands: Commands, tmp_path: Path, unbuffered: str) -> None:
    """Neither an import, which tells of its progress there, nor is the status of what fails another one."""
    write_history(tmp_path / "history", days=1, snapshots=30)

    def status(*arguments: str | Path) -> int:
        with Path("/dev/full").open("wb") as full:
            words = (*arguments, "--lake", tmp_path / "lake")
            return commands.run_program(*words, err=full.fileno(), PYTHONUNBUFFERED=unbuffered)[0]

    assert status("import", tmp_path / "history") == 0
    assert status("import", tmp_path / "history", "--force", "--progress", "bar") == 0
    assert status("verify") == 0
    assert status("query", "VIX") == 3
    assert status("query", "--nonsense") == 2


def test_what_fails_keeps_its_status_when_nobody_listens(commands: Commands, folder: Path, unread: int) -> None:
    """Its sentence goes nowhere; Python would end with 1, or with 120."""
    assert commands.run_program("query", "VIX", "--lake", folder, err=unread)[0] == 3


@pytest.fixture(scope="module")
def oddly_named(make_lake: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose path has characters that not every encoding has; it is only read."""
    return make_lake(tmp_path_factory.mktemp("oddly") / "läke€")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_an_encoding_without_the_characters_of_a_picture_is_no_failure(
    commands: Commands, oddly_named: Path, encoding: str
) -> None:
    """Others stand for them, and escapes for those of a path."""

    def said(*words: str) -> str:
        _, out, err = commands.run_program(*words, "--lake", oddly_named, PYTHONIOENCODING=encoding)
        assert b"should not have happened" not in err
        return out.decode(encoding)

    ladder = said("ladder", "--category", "zero", "--format", "picture")
    assert "####|" in ladder or "|####" in ladder
    assert "%% 1 degraded" in said("coverage")
    assert ("läke\\u20ac" if encoding == "latin-1" else "l\\xe4ke\\u20ac") in said("doctor")
    assert said("lineage")


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="Linux alone has pipes that are small")
def test_a_pipe_that_does_not_wait_for_its_reader_gets_all(commands: Commands, folder: Path) -> None:
    """Whoever shared it may have left it so; what it does not take at once is not lost."""
    question = ("query", "--limit", "100", "--json", "--lake", folder)
    _, whole, _ = commands.run_program(*question)
    reader, writer = os.pipe()
    held = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 16384)
    assert len(whole) > 2 * held
    os.set_blocking(writer, False)
    with tempfile.TemporaryFile() as told:
        process = commands.begin_program(*question, out=writer, err=told.fileno())
        os.close(writer)
        while int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, bytes(4)), sys.byteorder) < held // 4:
            assert process.poll() is None, len(whole)
        with os.fdopen(reader, "rb") as pipe:
            assert pipe.read() == whole
        assert (process.wait(60), told.tell()) == (0, 0)
