"""The folder of a lake that is moved, deleted or replaced while a server has it open."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.commands import Commands, Said
from support.lake_content import same
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
