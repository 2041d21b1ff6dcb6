"""A plugin's reader that prints: its words are for people, and what programs read stays whole."""

import json
from pathlib import Path

import pytest

from gexlake.application.ports.work_pool import LITTLE_WORK
from support.commands import Commands

PLUGIN = """
from gexlake.plugins import hookimpl

print("the module is loaded")


class PrintingReader:
    name = "printing"

    def knows(self, file):
        print("asked for", file.name)
        return file.suffix == ".rec"

    def records(self, file):
        for number in range(3):
            print("record", number)
            yield {
                "timestamp": 1759761000 + number, "ticker": "SPX", "category": "gex_zero", "spot": 6700.5,
                "zero_gamma": 6690, "strikes": [[6695, 1.5, -2.5]],
            }


@hookimpl
def gexlake_source_readers():
    return {"printing": PrintingReader}
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """Give a folder with the reader, as an installer leaves a plugin."""
    told = tmp_path / "plugins" / "gexlake_printing-1.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: gexlake-printing\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[gexlake]\nprinting = gexlake_printing\n")
    (told.parent / "gexlake_printing.py").write_text(PLUGIN)
    return told.parent


@pytest.mark.parametrize("size", [10, LITTLE_WORK], ids=["in the process of the command", "in a worker"])
def test_what_a_reader_prints_does_not_stand_in_the_json(
    commands: Commands, plugins: Path, tmp_path: Path, size: int
) -> None:
    """Of all commands that read sources, wherever its file is read."""
    source = tmp_path / "history"
    source.mkdir()
    for name in ("a.rec", "b.rec"):
        (source / name).write_bytes(bytes(size))
    printed = {"record 0", "asked for a.rec", "the module is loaded"}
    for command in (("import", "--workers", "2"), ("scan",), ("verify", "--deep")):
        lake = () if command == ("scan",) else ("--lake", tmp_path / "lake")
        status, out, err = commands.run_program(*command, source, *lake, "--json", PYTHONPATH=str(plugins))
        assert status == 0, err
        assert json.loads(out)
        assert printed <= set(err.decode().splitlines())
