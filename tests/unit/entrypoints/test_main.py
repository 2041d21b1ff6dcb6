"""The command line as a whole: help, errors and exit statuses."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gexlake import __version__
from gexlake.domain import errors
from gexlake.entrypoints.cli import main
from gexlake.entrypoints.cli.ending.failures import report
from gexlake.entrypoints.cli.session import Session
from gexlake.entrypoints.cli.startup.builtin import all_plugins
from gexlake.entrypoints.cli.startup.lazy import LazyGroup
from gexlake.entrypoints.settings.model import SettingInvalid
from gexlake.plugins import PluginCommand

HEAVY = {"dependency_injector", "duckdb", "fastapi", "numpy", "orjson", "pyarrow", "pydantic", "rich"}


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """Name all commands, those of groups with the name of their group before them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*path, name)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


def test_help_lists_every_command_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The line stands in the list of commands, not in the command, which is not loaded for it."""
    assert main.run(["--help"]) == 0
    out = capsys.readouterr().out
    for name, (_, text) in main.COMMANDS.items():
        assert f"  {name} " in out
        assert text.split()[0] in out


def test_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    """As gexlake.__version__ has it."""
    assert main.run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


#: Asks for each help text in a fork, where nothing is loaded but what every command loads; says what became of it.
HELPS = """if True:
    import io, json, os, sys
    from gexlake.entrypoints.cli.main import run
    paths, heavy = json.loads(sys.argv[1])
    for path in paths:
        if os.fork():
            os.wait()
            continue
        told, sys.stdout = sys.stdout, io.StringIO()
        status = run([*path, "--help"])
        usage = sys.stdout.getvalue().split(" [")[0]
        print(json.dumps([path, status, usage, sorted(set(heavy) & set(sys.modules))]), file=told, flush=True)
        os._exit(0)
"""


def test_help_loads_no_heavy_library() -> None:
    """A help text is there at once: nothing is imported for it that only work needs."""
    paths = [[], *map(list, commands(main.cli))]
    program = [sys.executable, "-c", HELPS, json.dumps([paths, sorted(HEAVY)])]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found == [[path, 0, f"Usage: {' '.join(('gexlake', *path))}", []] for path in paths]
    assert done.stderr == ""


def test_nobody_looks_for_garbage_at_the_end() -> None:
    """Python would, twice, through all that was loaded: a tenth of a second and more for an import."""
    program = (
        "import atexit, gc, sys; from gexlake.entrypoints.cli.main import main; "
        "atexit.register(lambda: print(len(gc.get_objects()), gc.get_freeze_count())); main(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    looked_through, left_alone = map(int, done.stdout.splitlines()[-1].split())
    assert looked_through < left_alone / 100


@pytest.mark.parametrize("arguments", [["imprt"], ["import"], ["query", "--limit", "0"], ["--nonsense"]])
def test_a_wrong_call_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And says what is wrong, on stderr."""
    assert main.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Error: " in err


def test_a_misspelt_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """Also though no command is loaded."""
    main.run(["rejetcs"])
    assert "Did you mean 'rejects'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.LakeBusy("lake", 12), 3),
        (errors.DiskFull("lake"), 3),
        (errors.DiskFailing("lake", "Input/output error"), 3),
        (errors.LakeDamaged("lake", "no header"), 3),
        (errors.LakeMoved("lake"), 3),
        (errors.LakeTooNew("lake", 9, 1), 3),
        (errors.LakeNotFound("lake"), 3),
        (errors.SnapshotNotFound("AAPL"), 3),
        (errors.SourceNotFound("history"), 2),
        (errors.UnknownAdapter("reader", "x", ()), 2),
        (SettingInvalid("GEXLAKE_WORKERS", "no number"), 2),
        (click.UsageError("wrong"), 2),
        (errors.ImportInterrupted(), 130),
        (PermissionError(13, "Permission denied", "lake"), 3),
        (ZeroDivisionError("division by zero"), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_is_a_sentence_and_a_status(
    error: Exception, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never a traceback."""
    assert report(error, Session()) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) <= 1 + isinstance(error, click.UsageError)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (errors.LakeNotFound("my lake"), ["gexlake", "import", "SOURCE", "--lake", "my lake"]),
        (errors.LakeBehind("my lake", 7, None), ["gexlake", "rebuild", "--lake", "my lake"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_command_that_cures_can_be_pasted(error: errors.GexlakeError, command: list[str]) -> None:
    """Whatever the lake's folder is called; the sentence ends with it."""
    assert shlex.split(str(error))[-len(command) :] == command


@pytest.mark.parametrize(
    ("lake", "told"),
    [(None, "'gexlake query --feeds' lists"), (Path("my lake"), "'gexlake query --feeds --lake 'my lake'' lists")],
)
def test_a_command_that_a_sentence_names_is_for_the_same_lake(
    lake: Path | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or it would look into another one; one that opens no lake is named as it is."""
    report(errors.SnapshotNotFound("AAPL"), Session(lake=lake))
    assert told in capsys.readouterr().err
    others = "'gexlake plugins' shows them, 'gexlake query --help' says more."
    report(click.UsageError(others), Session(lake=lake))
    assert others in capsys.readouterr().err


def test_an_unexpected_error_says_how_to_learn_more(capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose comes the traceback."""
    with pytest.raises(KeyError) as caught:
        {}["spot"]
    report(caught.value, Session())
    assert "--verbose" in capsys.readouterr().err
    report(caught.value, Session(verbose=True))
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_commands_of_plugins_come_after_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """In the help with their line, and called as all others."""
    brought = {
        "greet": PluginCommand("Say hello.", lambda: click.Command("greet", callback=lambda: click.echo("hello")))
    }
    group = LazyGroup("gexlake", lazy=main.COMMANDS, more=lambda: brought)
    group.main(["--help"], standalone_mode=False)
    group.main(["greet"], standalone_mode=False)
    out = capsys.readouterr().out
    assert out.index("import") < out.index("Commands of plugins") < out.index("Say hello.")
    assert out.endswith("hello\n")


def test_our_commands_come_in_through_the_hook() -> None:
    """So that a plugin which brings one of their names is found out."""
    assert list(all_plugins().commands) == list(main.COMMANDS)
    assert all_plugins().commands["import"].load().name == "import"


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [(None, 0, ""), (0, 0, ""), (1, 1, ""), (3, 3, ""), ("it went wrong", 1, "it went wrong\n")],
)
def test_a_command_that_leaves_by_itself_has_the_status_that_it_names(
    code: object, status: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with Python itself: a sentence in its place is told on stderr, and makes 1."""
    command = click.Command("leave", callback=lambda: sys.exit(code))  # type: ignore[arg-type]  # whatever it is
    brought = {"leave": PluginCommand("Leave.", lambda: command)}
    monkeypatch.setattr(main, "cli", LazyGroup("gexlake", lazy=main.COMMANDS, more=lambda: brought))
    assert main.run(["leave"]) == status
    assert capsys.readouterr().err == told


_LOADS_WITHOUT_ROOM = """
import resource, sys
from gexlake.entrypoints.cli.ending.failures import report
from gexlake.entrypoints.cli.session import Session
with open("/proc/self/statm") as taken:
    room = int(taken.read().split()[0]) * resource.getpagesize() + (16 << 20)
resource.setrlimit(resource.RLIMIT_AS, (room, room))
try:
    import _duckdb
except ImportError as error:
    sys.exit(report(error, Session()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the memory of a process")
def test_a_library_that_finds_no_room_in_memory_is_no_fault_of_ours():
    """The loader has an error of its own for it."""
    done = subprocess.run([sys.executable, "-c", _LOADS_WITHOUT_ROOM], capture_output=True, text=True, check=False)

    assert (done.returncode, "too little memory" in done.stderr) == (3, True), done.stderr
