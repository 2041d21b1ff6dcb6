"""What a server leaves in its lake, and who believes it."""

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from gexlake.adapters.disk.lake_folder import SERVER_FILE
from gexlake.entrypoints.server.server_file import ServerFile, find_server


def test_a_live_server_is_found(tmp_path: Path) -> None:
    """By the file that only its owner can read; no draft stays behind."""
    server = ServerFile.of_this_process("http://127.0.0.1:1")
    server.write(tmp_path)
    assert find_server(tmp_path) == server
    assert [path.name for path in tmp_path.iterdir()] == [SERVER_FILE]
    assert (tmp_path / SERVER_FILE).stat().st_mode & 0o777 == 0o600
    server.remove(tmp_path)
    assert find_server(tmp_path) is None


def test_no_draft_stays_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    """A server that is begun again and again on a full disk leaves nothing each time."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            ServerFile.of_this_process("http://127.0.0.1:1").write(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_the_next_server_takes_away_what_a_killed_one_had_begun(tmp_path: Path) -> None:
    """Whatever its process was."""
    server = ServerFile.of_this_process("http://127.0.0.1:1")
    (tmp_path / f"{SERVER_FILE}.new").write_text("{")
    server.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [SERVER_FILE]
    assert find_server(tmp_path) == server


def test_the_token_shows_in_no_log() -> None:
    """Nor is it ever the same."""
    server = ServerFile.of_this_process("http://127.0.0.1:1")
    assert server.token not in repr(server)
    assert server.token != ServerFile.of_this_process(server.url).token


def test_a_dead_server_s_file_is_as_good_as_none(tmp_path: Path) -> None:
    """A kill leaves it behind."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    replace(ServerFile.of_this_process("http://127.0.0.1:1"), pid=ended.pid).write(tmp_path)
    assert find_server(tmp_path) is None


def test_a_server_of_another_machine_is_not_asked(tmp_path: Path) -> None:
    """Process numbers mean nothing across a shared disk."""
    replace(ServerFile.of_this_process("http://127.0.0.1:1"), machine="elsewhere").write(tmp_path)
    assert find_server(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"pid": 1}', '{"pid": "1", "url": "", "token": "", "more": 1}'])
def test_a_text_that_no_server_has_written_is_no_server(tmp_path: Path, text: str) -> None:
    """Whatever it is."""
    (tmp_path / SERVER_FILE).write_text(text)
    assert find_server(tmp_path) is None


@pytest.mark.parametrize("pid", ["1", 0, -1, True, 2**70, None])
def test_a_number_that_no_process_has_is_no_server(tmp_path: Path, pid: object) -> None:
    """Zero and minus one would mean whole groups of processes."""
    written = asdict(ServerFile.of_this_process("http://127.0.0.1:1")) | {"pid": pid}
    (tmp_path / SERVER_FILE).write_text(json.dumps(written))
    assert find_server(tmp_path) is None


def test_a_server_removes_no_file_but_its_own(tmp_path: Path) -> None:
    """Another one may have begun meanwhile."""
    first, second = (ServerFile.of_this_process("http://127.0.0.1:1") for _ in range(2))
    first.write(tmp_path)
    second.write(tmp_path)
    first.remove(tmp_path)
    assert find_server(tmp_path) == second
    assert second.pid == os.getpid()


def test_what_cannot_be_read_to_its_end_is_no_server(tmp_path: Path) -> None:
    """Lists in lists, a pipe that nobody writes into, a device without an end."""
    file = tmp_path / SERVER_FILE
    file.write_text("[" * 60_000)
    assert find_server(tmp_path) is None
    file.unlink()
    os.mkfifo(file)
    assert find_server(tmp_path) is None
    file.unlink()
    file.symlink_to("/dev/zero")
    assert find_server(tmp_path) is None
