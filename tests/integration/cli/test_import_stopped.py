"""``gexlake import`` in a real process that is stopped: by its user, by the kernel, by a full disk."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Begun, Commands
from support.lake_content import lake_digest, nothing_half_done

Content = dict[str, tuple[object, ...]]
#: More than the work of a single process: with this, parsing runs in workers.
SNAPSHOTS = 700


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days in several forms, with quirks."""
    folder = tmp_path_factory.mktemp("stopped") / "history"
    write_history(folder, days=4, snapshots=SNAPSHOTS, form="mixed", quirks=True)
    return folder


def start(commands: Commands, history: Path, lake: Path, *options: str, **environment: str) -> Begun:
    """Start an import with two workers, in a session of its own."""
    return commands.begin("import", history, "--lake", lake, "--workers", "2", *options, **environment)


def stop_program(commands: Commands, number: signal.Signals, temporary: Path, *words: str | Path) -> tuple[int, str]:
    """Stop a command on its way to the end of the interpreter, which tidies up too; give its status and its words."""
    reading, writing = os.pipe()
    with Path(os.devnull).open("wb") as nowhere, os.fdopen(reading, encoding="utf-8") as stderr:
        process = commands.begin_program(*words, out=nowhere.fileno(), err=writing, TMPDIR=str(temporary))
        os.close(writing)
        assert "to read" in stderr.readline()
        process.send_signal(number)
        complaints = stderr.read()
        return process.wait(60), complaints


def as_from_a_shell() -> None:
    """Let a program hear all signals, whatever the process that runs the tests does not want to hear."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="module")
def undisturbed(commands: Commands, history: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What the lake holds when nothing goes wrong."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    finish(commands, history, lake)
    return lake_digest(lake)


def finish(commands: Commands, history: Path, lake: Path) -> None:
    """Import to the end."""
    said = commands("import", history, "--lake", lake, "--workers", "2")
    assert said.status in (0, 1), said.err


def start_and_stop(commands: Commands, history: Path, lake: Path, number: signal.Signals) -> tuple[int | None, str]:
    """Send a signal to an import and its workers, as a terminal does; give its exit status and what it said."""
    process = start(commands, history, lake, "--progress", "plain")
    assert "to read" in process.stderr.readline()
    os.killpg(process.pid, number)
    _, complaints = process.communicate()
    return process.returncode, complaints


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_is_clean_and_says_how_to_go_on(
    commands: Commands, number: signal.Signals, history: Path, undisturbed: Content, tmp_path: Path
):
    """One sentence, status 130, and the same command goes on from there."""
    lake = tmp_path / "lake"
    status, complaints = start_and_stop(commands, history, lake, number)
    while status in (0, 1):  # it was through before it heard
        shutil.rmtree(lake)
        status, complaints = start_and_stop(commands, history, lake, number)

    assert status == 130
    assert "run the same command again" in complaints
    assert "Traceback" not in complaints

    finish(commands, history, lake)
    assert lake_digest(lake) == undisturbed
    assert nothing_half_done(lake)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_while_all_is_still_loading_is_a_word(number: signal.Signals, history: Path, tmp_path: Path):
    """And no traceback, neither of the command nor of what its workers would have been forked from."""
    entry = [sys.executable, "-X", "importtime", "-c", "from gexlake.entrypoints.cli.startup.start import main; main()"]
    command = [*entry, "import", str(history), "--lake", str(tmp_path / "lake")]
    how = {"start_new_session": True, "preexec_fn": as_from_a_shell}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)  # type: ignore[call-overload]
    for line in process.stderr:
        if line.endswith(" click\n"):  # begun to load, after what workers are forked from
            break
    os.killpg(process.pid, number)
    _, complaints = process.communicate()

    assert process.returncode == 130
    assert "Stopped." in complaints
    assert "Traceback" not in complaints
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_rehearsal_that_is_stopped_leaves_nothing(
    commands: Commands, number: signal.Signals, history: Path, tmp_path: Path
):
    """Neither its scratch lake nor the word that something was imported."""
    options = ("--lake", tmp_path / "lake", "--workers", "2", "--dry-run", "--progress", "plain")
    status, complaints = stop_program(commands, number, tmp_path, "import", history, *options)

    assert status in (0, 1, 130)  # it may have been through before it heard
    assert status != 130 or "nothing was imported" in complaints
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_one_sentence_and_nothing_half_done(
    commands: Commands, history: Path, undisturbed: Content, tmp_path: Path
):
    """Files that may not grow stand for a disk that is full; with room, the same command goes on."""
    lake = tmp_path / "lake"
    said = commands("import", history, "--lake", lake, "--workers", "2", file_bytes=1024 * 1024)

    assert said.status == 3
    assert "The disk is full" in said.words
    assert "Traceback" not in said.err

    finish(commands, history, lake)
    assert lake_digest(lake) == undisturbed
    assert nothing_half_done(lake)


def test_second_import_is_told_who_owns_the_lake(commands: Commands, history: Path, tmp_path: Path):
    """One line with the owner's pid, status 3; the first one goes on undisturbed."""
    lake = tmp_path / "lake"
    first = start(commands, history, lake, "--progress", "plain")
    first.stderr.readline()
    first.send_signal(signal.SIGSTOP)  # however quick it is, it holds the lake until it is let go on

    second = commands("import", history, "--lake", lake, "--workers", "2")
    first.send_signal(signal.SIGCONT)
    first.communicate()

    assert second.status == 3
    assert f"in use by process {first.pid}" in second.err
    assert first.returncode in (0, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_demo_that_is_stopped_leaves_nothing(commands: Commands, number: signal.Signals, tmp_path: Path):
    """Neither its history nor its lake, nor the word that it could be gone on with."""
    status, complaints = stop_program(commands, number, tmp_path, "demo", "--lake", tmp_path / "lake")

    assert status == 130
    assert "Stopped." in complaints
    assert "goes on from there" not in complaints
    assert list(tmp_path.iterdir()) == []
