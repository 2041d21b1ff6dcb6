"""Choosing the reader of a source."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gexlake.application.importing.planning.readers import choose_reader, files_of
from gexlake.application.ports.source_reader import SourceFile
from gexlake.domain.errors import ReaderFailed, SourceNoFile, SourceNotFound, SourceUnreadable, UnknownAdapter
from gexlake.testing import Dial, FakeReader, make_snapshots, with_dial

SOURCE = Path("/recorded")
FILES = {"/recorded/a.json": make_snapshots(1)}


def readers(*made: FakeReader) -> dict[str, Callable[[], FakeReader]]:
    """Register readers by their names, in this order."""
    return {reader.name: lambda reader=reader: reader for reader in made}


def failing(name: str, error: BaseException) -> FakeReader:
    """Make a reader that cannot say whether it knows a source."""
    return with_dial(FakeReader(FILES, name=name), Dial("knows", error=error))


def test_the_first_that_knows_the_source_reads_it():
    """Those before it do not, those after it are not asked."""
    known = readers(FakeReader(name="a"), FakeReader(FILES, name="b"), failing("c", ValueError("asked")))

    assert choose_reader(known, SOURCE, None).name == "b"


def test_a_reader_can_be_named():
    """Whatever others say; none of them is asked or made."""
    known = readers(failing("a", ValueError("asked")), FakeReader(FILES, name="b"))

    assert choose_reader(known, SOURCE, "b").name == "b"


def test_an_unknown_name_lists_the_known_ones():
    """In their order."""
    with pytest.raises(UnknownAdapter, match="No reader is called 'x'") as caught:
        choose_reader(readers(FakeReader(name="b"), FakeReader(name="a")), SOURCE, "x")
    assert caught.value.known == ("b", "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
@pytest.mark.parametrize("name", [None, "a"])
def test_a_pipe_is_no_source(tmp_path: Path, name: str | None):
    """Unless a reader makes something of it: nobody could read it again."""
    os.mkfifo(pipe := tmp_path / "pipe")
    with pytest.raises(SourceNoFile, match="into a file, and import that"):
        choose_reader(readers(FakeReader(name="a")), pipe, name)
    known = FakeReader({str(pipe): make_snapshots(1)}, name="a")
    assert choose_reader(readers(known), pipe, name).name == "a"


@pytest.mark.parametrize("name", [None, "a"])
def test_what_is_not_there_is_not_found(name: str | None):
    """Unless a reader makes something of its name."""
    with pytest.raises(SourceNotFound):
        choose_reader(readers(FakeReader(name="a")), SOURCE, name)
    assert choose_reader(readers(FakeReader(FILES, name="a")), SOURCE, name).name == "a"


@pytest.mark.parametrize("name", [None, "mine"])
def test_a_reader_that_cannot_say_is_named(name: str | None):
    """With what it failed of, in one line, and the cure."""
    with pytest.raises(ReaderFailed, match="--reader") as caught:
        choose_reader(readers(failing("mine", ValueError("a\nbad day"))), SOURCE, name)
    assert (caught.value.reader, caught.value.reason) == ("mine", "ValueError: a bad day")
    with pytest.raises(ReaderFailed, match="mine failed on /recorded: SystemExit: 5"):
        choose_reader(readers(failing("mine", SystemExit(5))), SOURCE, name)


def test_a_refusal_of_the_system_stays_what_it_is():
    """It is not the reader's fault."""
    with pytest.raises(PermissionError):
        choose_reader(readers(failing("mine", PermissionError(13, "Permission denied"))), SOURCE, None)


def test_a_reader_that_cannot_be_made_is_named():
    """By the name it was registered under."""

    def broken() -> FakeReader:
        raise ImportError("no module named vendor")

    with pytest.raises(ReaderFailed, match="mine failed on /recorded: ImportError"):
        choose_reader({"mine": broken}, SOURCE, None)


@pytest.mark.parametrize("file", ["a.json", None, SourceFile(SOURCE, -1, 0), SourceFile(SOURCE, 2**63, 0)])
def test_what_is_no_file_is_its_readers_fault(file: object):
    """It is named, and nothing is begun that would come upon it later."""

    class Odd(FakeReader):
        def discover(self, source: Path) -> Any:
            yield file

    with pytest.raises(ReaderFailed, match=r"odd failed on /recorded: (TypeError: it gave|ValueError: a file has)"):
        list(files_of(Odd(name="odd"), SOURCE))


def test_the_files_of_a_source():
    """As its reader finds them; what it breaks down of is its own fault, what the system or it says is not."""
    assert [str(file.path) for file in files_of(FakeReader(FILES), SOURCE)] == ["/recorded/a.json"]
    for error, kind in (
        (KeyError("table"), ReaderFailed),
        (SystemExit(5), ReaderFailed),
        (SourceUnreadable("is empty"), SourceUnreadable),
        (OSError(5, "Input/output error"), OSError),
    ):
        with pytest.raises(kind):
            list(files_of(FakeReader(FILES, dial=Dial("discover", error=error)), SOURCE))
