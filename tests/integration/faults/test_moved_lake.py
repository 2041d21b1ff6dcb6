"""The folder of a lake that is moved, deleted or replaced while a server has it open."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.domain.errors import LakeMoved
from gexlake.domain.parts import Part
from gexlake.testing.builders import make_snapshots, stage_part
from support.commands import Commands, Said
from support.lake_content import same
from support.lakes import lay_out, new_lake_on_disk
from support.server import Server

Run = Callable[..., Said]


@pytest.mark.parametrize("replaced", [True, False])
def test_server_writes_nothing_into_what_is_where_its_lake_was(
    run: Run, commands: Commands, folder: Path, sources: Path, whole: Path, tmp_path: Path, *, replaced: bool
) -> None:
    """Neither an import nor a backup: both lakes stay what they are, and go on."""
    moved = tmp_path / "moved"
    with Server(folder, commands, GEXLAKE_SOURCE_ROOTS=str(sources)) as server:
        folder.rename(moved)
        if replaced:
            shutil.copytree(whole / "one", folder)
        before = sorted(folder.rglob("*"))

        status, answer = server.ask("/import", {"source_path": str(sources / "second"), "data_types": ["gex"]})
        assert (status, "moved" in str(answer) or "not where" in str(answer)) == (503, True), answer
        assert not replaced or run("verify").status == 0
        assert sorted(folder.rglob("*")) == before
        assert server.stop() == 0
    assert sorted(folder.rglob("*")) == before

    for lake in (folder, moved) if replaced else (moved,):
        assert commands("import", sources / "second", "--lake", lake).status in (0, 1)
        assert commands("verify", "--lake", lake).status == 0
        assert same(lake, whole / "both")


class VanishingSink(ParquetStrikeSink):
    """Its folder is away when the files of a part should go, as on a disk that is unplugged."""

    def __init__(self, folder: Path, away: Path) -> None:
        super().__init__(folder)
        self._folder, self._away = folder, away

    def retire(self, part: Part) -> None:
        """Move the folder, then look for the files."""
        self._folder.rename(self._away)
        super().retire(part)


def test_files_that_were_not_found_go_when_the_lake_is_back(tmp_path: Path) -> None:
    """Else they lie among the parts for good, and whoever reads all Parquet files has their rows again."""
    folder, away = tmp_path / "lake", tmp_path / "away"
    lay_out(folder)
    sink = VanishingSink(folder, away)
    with closing(DuckDbLake(folder, sink, ParquetStrikeSource(folder))) as lake:
        part, table = stage_part(sink, make_snapshots(3))
        with lake.unit() as work:
            work.add_part(part, table)
            work.commit()
        with lake.unit() as work:
            work.drop_part(part)
            with pytest.raises(LakeMoved):
                work.commit()
    away.rename(folder)
    assert len(list(folder.rglob("*.parquet"))) == 2

    with closing(new_lake_on_disk(folder)) as lake:
        lake.settle()
        assert lake.snapshots.parts() == []
    assert list(folder.rglob("*.parquet")) == []
