"""How an import shows its progress."""

from io import StringIO

import pytest

from gexlake.application.ports.progress import Progress
from gexlake.entrypoints.cli.terminal.progress import PlainLines, describe, listener

HALF = Progress(files_done=3, files_total=6, snapshots=70_000, bytes_done=300_000_000, bytes_total=600_000_000)


class Hand:
    """A clock whose hand the test moves."""

    def __init__(self) -> None:
        """Start at 0."""
        self.at = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.at


def test_progress_says_how_far_how_fast_and_how_long_yet() -> None:
    """Half of it in three seconds leaves three."""
    assert describe(HALF, 3.0) == ("3 of 6 files, 70,000 snapshots, 300 MB of 600 MB, 100 MB/s, about 3.0 s left")


def test_nothing_is_foretold_before_anything_is_done() -> None:
    """No speed without a byte."""
    assert describe(Progress(files_total=1, bytes_total=10), 0.0) == "0 of 1 file, 0 snapshots, 0 B of 10 B"


def test_no_end_is_foretold_when_all_is_read() -> None:
    """What is left is work on what was read; "0.0 s left" would be said for as long as it takes."""
    read = Progress(files_done=3, files_total=6, snapshots=70_000, bytes_done=600_000_000, bytes_total=600_000_000)
    assert describe(read, 3.0) == "3 of 6 files, 70,000 snapshots, 600 MB of 600 MB, 200 MB/s"


def test_plain_lines_come_first_last_and_every_few_seconds() -> None:
    """Not several times a second, which would flood a log."""
    out, clock = StringIO(), Hand()
    plain = PlainLines(out, clock)
    plain.started(Progress(files_total=6, bytes_total=600_000_000))
    for second in range(12):
        clock.at = second + 0.5
        plain.advanced(HALF)
    plain.warned("a.json is torn")
    plain.finished(HALF)
    lines = out.getvalue().splitlines()
    assert lines[0] == "6 files, 600 MB to read"
    assert len(lines) == 5
    assert lines[3] == "warning: a.json is torn"
    assert lines[4] == "3 files, 70,000 snapshots in 12 s"


def test_without_progress_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The report at the end has the warnings."""
    silent = listener("none")
    silent.started(HALF)
    silent.warned("a.json is torn")
    silent.finished(HALF)
    assert capsys.readouterr() == ("", "")


def test_elsewhere_than_on_a_terminal_progress_is_plain() -> None:
    """A bar in a log is noise."""
    assert isinstance(listener("auto"), PlainLines)


def test_the_bar_draws_and_goes_away(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, so that stdout stays data; warnings are counted."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    bar = listener("bar")
    bar.started(Progress(files_total=6, bytes_total=600_000_000))
    bar.advanced(HALF)
    bar.warned("a.json is torn")
    bar.finished(HALF)
    out, err = capsys.readouterr()
    assert out == ""
    assert "3/6 files 70,000 snapshots 300 MB/600 MB 1 warning" in err
