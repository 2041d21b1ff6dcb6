"""The wiring."""

from pathlib import Path

import pytest

from gexlake.domain.errors import LakeNotFound, UnknownAdapter
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.lakes import reading, rehearsing, writing
from gexlake.entrypoints.settings.model import Settings


def test_an_unknown_adapter_is_told_which_there_are(tmp_path: Path) -> None:
    """Before anything is opened."""
    with pytest.raises(UnknownAdapter, match=r"called 'oracle'.*duckdb"):
        build_container(Settings(lake=tmp_path, lineage_store="oracle"))
    with pytest.raises(UnknownAdapter, match=r"work pool is called 'gpus'.*processes"):
        build_container(Settings(lake=tmp_path, work_pool="gpus"))


def test_two_containers_live_in_one_process(tmp_path: Path, folder: Path) -> None:
    """Each has its own settings, lake and use cases."""
    empty, full = build_container(Settings(lake=tmp_path / "lake")), build_container(Settings(lake=folder))
    with writing(empty) as none, reading(full) as two:
        assert empty.query_gex(none).feeds() == []
        assert len(full.query_gex(two).feeds()) == 2
    assert empty.settings().lake != full.settings().lake


def test_a_rehearsal_leaves_no_lake_behind(tmp_path: Path) -> None:
    """Where there is none, there is none to compare with."""
    container = build_container(Settings(lake=tmp_path / "lake"))
    with rehearsing(container) as (scratch, base):
        assert base is None
        assert scratch.snapshots.feeds() == []
    assert list(tmp_path.iterdir()) == []


def test_a_rehearsal_sees_what_is_stored(folder: Path) -> None:
    """In the lake that it must not change."""
    with rehearsing(build_container(Settings(lake=folder))) as (scratch, base):
        assert base is not None
        assert len(base.snapshots.feeds()) == 2
        assert scratch.snapshots.feeds() == []


def test_reading_makes_no_lake(tmp_path: Path) -> None:
    """A question to a lake that is not there is an error."""
    with pytest.raises(LakeNotFound), reading(build_container(Settings(lake=tmp_path / "lake"))):
        pass
    assert list(tmp_path.iterdir()) == []
