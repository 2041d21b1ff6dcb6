"""The doctor names what is wrong, and nothing where nothing is."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gexlake.adapters.legacy import COMPILED
from gexlake.domain.runs import RunStatus
from gexlake.entrypoints.cli import main
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.lakes import writing
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing.builders import NOON, make_run
from support.redis_server import RedisServer

Gexlake = Callable[..., tuple[int, str, str]]


def test_all_is_well(gexlake: Gexlake) -> None:
    """Exit status 0; each thing that was looked at has a line."""
    status, out, _ = gexlake("doctor")
    assert status == 0, out
    assert [line.split()[1] for line in out.splitlines()] == [
        "python",
        "compiled",
        "settings",
        "plugins",
        "disk",
        "lake",
        "calendar",
    ]
    assert json.loads(gexlake("doctor", "--json")[1])["well"] is True


def test_what_was_not_compiled_is_a_note(gexlake: Gexlake, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the cure; nothing is wrong for that."""
    monkeypatch.setitem(sys.modules, COMPILED, None)
    status, out, _ = gexlake("doctor")
    assert status == 0
    assert "note  compiled    Nothing was compiled for this Python" in out


def test_variables_that_set_nothing_are_named(
    gexlake: Gexlake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without what they say, and with the setting that may have been meant; nothing is wrong for that."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("GEXLAKE_FOO=secret\nFOO=1\n", encoding="utf-8")
    monkeypatch.setenv("GEXLAKE_WORKER", "3")
    monkeypatch.setenv("GEXLAKE_PORT", "8081")
    status, out, _ = gexlake("doctor")
    assert status == 0
    assert [line.split(maxsplit=2)[2] for line in out.splitlines() if line.split()[:2] == ["note", "settings"]] == [
        "The variable GEXLAKE_FOO sets nothing. Unset it; docs/configuration.md lists the settings.",
        "The variable GEXLAKE_WORKER sets nothing. Write GEXLAKE_WORKERS.",
    ]


def damaged(lake: Path) -> None:
    """Lose a part."""
    min((lake / "strikes").rglob("*.parquet")).unlink()


def torn(lake: Path) -> None:
    """Tear the database."""
    (lake / "gex.duckdb").write_bytes(b"no database")


def lost(lake: Path) -> None:
    """Lose the database."""
    (lake / "gex.duckdb").unlink()


@pytest.mark.parametrize(
    ("harm", "cure"), [(damaged, "gexlake verify --lake {lake}"), (torn, "gexlake rebuild"), (lost, "gexlake rebuild")]
)
def test_a_lake_that_is_off(
    gexlake: Gexlake, folder: Path, tmp_path: Path, harm: Callable[[Path], None], cure: str
) -> None:
    """One line with the command that helps; exit status 1."""
    lake = shutil.copytree(folder, tmp_path / "lake")
    harm(lake)
    status, out, _ = gexlake("doctor", "--lake", str(lake))
    wrong = [line for line in out.splitlines() if line.startswith("WRONG")]
    assert (status, len(wrong)) == (1, 1)
    assert cure.format(lake=lake) in wrong[0]


def test_a_last_run_that_failed(gexlake: Gexlake, folder: Path, tmp_path: Path) -> None:
    """It is named with the command that goes on, which can be pasted; that alone is nothing wrong.

    Runs after it that import nothing do not hide it.
    """
    lake = shutil.copytree(folder, tmp_path / "lake")
    with writing(build_container(Settings(lake=lake))) as opened, opened.unit() as unit:
        unit.lineage.save_run(make_run("run-3", status=RunStatus.FAILED, source="my history"))
        later = NOON + timedelta(hours=1)
        done = make_run("dismissed-4", status=RunStatus.SUCCESS, started_at=later, options={"dismissed": [1]})
        unit.lineage.save_run(done)
        unit.lineage.save_run(done.model_copy(update={"import_id": "run-5", "options": {"remove": True}}))
        unit.commit()
    status, out, _ = gexlake("doctor", "--lake", str(lake))
    command = f"gexlake import 'my history' --lake {lake}\n"
    assert (status, f"run-3, is failed. It goes on with: {command}" in out) == (0, True)


def test_a_setting_that_cannot_be(gexlake: Gexlake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named; what depends on it is not looked at."""
    monkeypatch.setenv("GEXLAKE_WORKERS", "none")
    status, out, _ = gexlake("doctor")
    assert (status, "GEXLAKE_WORKERS" in out) == (1, True)


def test_no_lake_yet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """That is no fault."""
    assert main.run(["doctor", "--lake", str(tmp_path / "lake")]) == 0
    assert "the first import makes it" in capfd.readouterr().out


def test_redis(gexlake: Gexlake, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked, if there should be one."""
    monkeypatch.setenv("GEXLAKE_REDIS_URL", own_redis.url)
    assert "Redis answers" in gexlake("doctor")[1]
    own_redis.kill()
    status, out, _ = gexlake("doctor")
    assert (status, "Redis does not answer" in out) == (1, True)
