"""Two imports at once, of one lake: on this machine, under another name of the lake, in another container."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.commands import Begun, Commands
from support.crash_sources import write_blanks
from support.lake_content import same
from support.server import COMMAND

_OTHER_CONTAINER = ["unshare", "--pid", "--fork", "--map-root-user"]


@contextmanager
def importing(commands: Commands, lake: Path, source: Path) -> Iterator[Begun]:
    """Have an import hold the lake, stopped in the middle; let it go on and end."""
    process = commands.begin("import", source, "--lake", lake, "--progress", "plain")
    assert "to read" in process.stderr.readline()
    process.send_signal(signal.SIGSTOP)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.communicate()
    assert process.returncode == 1


def _may_unshare() -> bool:
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return False
    return subprocess.run([*_OTHER_CONTAINER, "true"], capture_output=True, check=False).returncode == 0


def test_lock_holds_by_whatever_name_and_from_whichever_container(
    commands: Commands, folder: Path, sources: Path, tmp_path: Path
) -> None:
    """It is the kernel's lock on the file: whoever comes second changes nothing, and is told who has it if possible."""
    source = shutil.copytree(sources / "second", tmp_path / "second")
    other = tmp_path / "other-name"
    other.symlink_to(folder)
    write_blanks(source)
    with importing(commands, folder, source) as first:
        for lake in (folder, other):
            for command in (("import", sources / "second"), ("rebuild",), ("repair",), ("rejects", "replay")):
                said = commands(*command, "--lake", lake)
                assert (said.status, "is in use by " in said.err) == (3, True), (command, said.err)
                assert f"process {first.pid}" in said.err or command == ("rebuild",), (command, said.err)
        if _may_unshare():
            words = [*_OTHER_CONTAINER, *COMMAND, "import", str(sources / "second"), "--lake", str(folder)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert done.returncode == 3
            assert re.search(r"in use by (process \d+|another process)\. Wait", done.stderr), done.stderr
    assert commands("verify", "--lake", folder).status == 0


def test_two_that_make_the_same_new_lake_at_once(
    commands: Commands, sources: Path, whole: Path, tmp_path: Path
) -> None:
    """One of them may be told that it is in use; then it was too early, and once it has waited it finds all done."""
    lake = tmp_path / "lake"
    words = ("import", sources / "first", "--lake", lake, "--progress", "none")
    both = [commands.begin(*words) for _ in range(2)]
    said = [process.communicate()[1] for process in both]

    statuses = sorted(process.returncode for process in both)
    assert statuses in ([1, 3], [0, 1]), said
    assert 3 not in statuses or any("is in use by process" in one for one in said)
    assert commands("import", sources / "first", "--lake", lake).status == 0
    assert same(lake, whole / "one")
    assert list((lake / "staging").iterdir()) == []
