"""A lake of every version that was released is brought to the present one, with every row it had."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from gexlake.adapters.duckdb.schema import MIGRATIONS
from gexlake.entrypoints.cli import main
from support.stored_lake import unpack
from support.tables import all_tables

STORED = sorted((Path(__file__).parents[2] / "fixtures" / "lakes").glob("version-*.tar.gz"))


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[int, Path]:
    """A stored lake, unpacked, and its version."""
    return int(re.findall(r"\d+", request.param.name)[0]), unpack(request.param, tmp_path)


def test_the_first_command_brings_an_older_lake_along(
    stored: tuple[int, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Even one that only reads; the database before is kept, and what is there can be made anew from then on."""
    version, lake = stored
    before = all_tables(lake)
    assert main.run(["verify", "--lake", str(lake)]) == 0, capsys.readouterr()
    after = all_tables(lake)
    assert {name: after[name] for name in before if name != "journal"} == {
        name: rows for name, rows in before.items() if name != "journal"
    }
    with duckdb.connect(str(lake / "gex.duckdb"), read_only=True) as database:
        steps = database.execute("SELECT version FROM lake_version ORDER BY version").fetchall()
    assert steps == [(number,) for number in range(1, len(MIGRATIONS) + 1)]
    if version < len(MIGRATIONS):
        (lake / f"gex.duckdb.version-{version}").rename(lake / "gex.duckdb")
        assert all_tables(lake) == before
    (lake / "gex.duckdb").unlink()
    assert main.run(["rebuild", "--lake", str(lake)]) == 0, capsys.readouterr()
    assert all_tables(lake) == after


_DYING = """
import os, sys
from pathlib import Path
from gexlake.testing.builders import make_run
from support.stored_lake import open_lake
lake = open_lake(Path(sys.argv[1]))
lake.settle()
for number in range(3):
    with lake.unit() as work:
        work.lineage.save_run(make_run(f"run-{number}"))
        work.commit()
os._exit(0)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose last commits are in the log only; not to be changed."""
    lake, tests = tmp_path_factory.mktemp("killed") / "lake", Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", _DYING, str(lake)], check=True, env=os.environ | {"PYTHONPATH": str(tests)})
    return lake


@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_a_log_that_cannot_be_replayed_is_a_sentence(
    damage: str, killed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kill left commits in the log only: nothing goes on without them, and the database made anew has them."""
    lake = shutil.copytree(killed, tmp_path / "lake")
    log = lake / "gex.duckdb.wal"
    content = log.read_bytes()
    if damage == "gone":
        log.unlink()
    else:
        middle = len(content) // 2
        log.write_bytes(content[:middle] + (b"" if damage == "cut" else b"\xff" * 64 + content[middle + 64 :]))
    assert main.run(["runs", "--lake", str(lake)]) == 3
    told = capsys.readouterr().err
    assert (told.count("\n"), "gexlake rebuild" in told) == (1, True)
    assert main.run(["rebuild", "--lake", str(lake)]) == 0, capsys.readouterr()
    assert {row[0] for row in all_tables(lake)["import_runs"]} == {"run-0", "run-1", "run-2"}
