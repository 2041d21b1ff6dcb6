"""The behaviour of every listener to an import's progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import pytest

from ..application.ports.progress import Progress, ProgressListener

_HALF = Progress(
    files_done=3, files_total=6, snapshots=70_000, bytes_done=300_000_000, bytes_total=600_000_000, doing="a.json"
)
_WHOLE = Progress(files_done=6, files_total=6, snapshots=140_000, bytes_done=600_000_000, bytes_total=600_000_000)


@contextmanager
def nothing_on_stdout() -> Iterator[None]:
    """See to it that nothing is printed there."""
    with redirect_stdout(StringIO()) as out:
        yield
    assert out.getvalue() == ""


class ProgressListenerSuite:
    """Give it a fixture ``listener``. It may say what it likes, but on stderr: stdout is for the answers."""

    @pytest.fixture
    def listener(self) -> ProgressListener:
        """Give a new listener."""
        raise NotImplementedError

    def test_it_hears_a_run(self, listener: ProgressListener) -> None:
        """From its start to its end."""
        with nothing_on_stdout():
            listener.started(Progress(files_total=6, bytes_total=600_000_000))
            for _ in range(3):
                listener.advanced(_HALF)
            listener.warned("a.json is torn")
            listener.finished(_WHOLE)

    def test_it_hears_a_run_that_has_nothing_to_do(self, listener: ProgressListener) -> None:
        """No file, no byte, and no division by them."""
        with nothing_on_stdout():
            listener.started(Progress())
            listener.advanced(Progress())
            listener.finished(Progress())

    def test_it_hears_a_run_that_fails(self, listener: ProgressListener) -> None:
        """It ends before it is through, maybe at once."""
        with nothing_on_stdout():
            listener.started(Progress(files_total=6, bytes_total=600_000_000))
            listener.finished(_HALF)

    def test_it_hears_warnings_before_the_start(self, listener: ProgressListener) -> None:
        """An import that fails so early is never started nor finished."""
        with nothing_on_stdout():
            listener.warned("another reader knows files there, too")

    @pytest.mark.parametrize("words", ["", "[bold]a[/nonsense]", "two\nlines", "\x1b[31mred", "äöü €", "x" * 5000])
    def test_a_warning_may_say_anything(self, listener: ProgressListener, words: str) -> None:
        """It quotes names of files and words of strangers."""
        with nothing_on_stdout():
            listener.started(_HALF)
            listener.warned(words)
            listener.finished(_HALF)

    def test_a_file_may_be_called_anything(self, listener: ProgressListener) -> None:
        """And a file that grows while it is read gives more bytes than were foretold."""
        with nothing_on_stdout():
            listener.started(Progress(files_total=1, bytes_total=10))
            listener.advanced(Progress(files_total=1, bytes_done=20, bytes_total=10, doing="[/nonsense] \n"))
            listener.finished(Progress(files_done=1, files_total=1, bytes_done=20, bytes_total=10))
