"""The routes over a lake on disk, asked by many at once while an import replaces what they read."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.served.lake import ServedLake
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.domain.runs import OnConflict
from support.records import array, record, row, words
from support.serving import client_of

#: More than a row group.
COUNT = 400
NAME = "2025-10-06_NQ_NDX_classic_gex_zero.json"


@pytest.fixture
def client(lake: DuckDbLake) -> TestClient:
    """A client of the app over a new lake on disk, which is held as a server holds it."""
    return client_of(lake=ServedLake(lake, 1 << 24))


@pytest.fixture
def replace(client: TestClient, tmp_path: Path) -> Callable[[float], None]:
    """Give a function that imports a day in which spot and every gamma have a value, over what is there."""
    history = ImportHistory(client.app.state.lake, {"legacy": LegacyReader}, InlineWorkPool(), SystemClock())
    source = tmp_path / "history"
    source.mkdir()

    def run(value: float) -> None:
        ladder = [row(25187.21 + 10 * n, value) for n in range(4)]
        day = [
            words(record(second, spot=value, strikes=ladder, sum_gex_vol=4 * value, sum_gex_oi=1e6))
            for second in range(COUNT)
        ]
        (source / NAME).write_bytes(array(day))
        done = history.run(ImportRequest(source, on_conflict=OnConflict.REPLACE), SilentProgress())
        assert done.counts.accepted == COUNT, done

    return run


def values(rows: list[dict[str, Any]]) -> set[float]:
    """Give the values of snapshots; spot and ladder must agree in each."""
    for snapshot in rows:
        assert [level["gamma"] for level in snapshot["strike_data"]] == [snapshot["spot_price"]] * 4
    return {snapshot["spot_price"] for snapshot in rows}


def test_what_an_import_replaces_is_answered_whole_before_and_after(
    client: TestClient, replace: Callable[[float], None]
) -> None:
    """Every answer is complete and of one state; after the import's end it is the new one."""
    replace(1.0)
    done = Event()

    def ask() -> int:
        mine, asked = TestClient(client.app, raise_server_exceptions=False), 0
        while not done.is_set():
            response = mine.get("/gex?symbol=NQ_NDX&limit=1000")
            assert response.status_code == 200, response.text
            assert len(response.json()) == COUNT
            assert len(values(response.json())) == 1
            for route in ("latest?", "at?timestamp=2025-10-07&", "ladder?", "levels?every=1m&", "heatmap?"):
                found = mine.get(f"/gex/{route}symbol=NQ_NDX")
                assert found.status_code == 200, found.text
            listed = mine.get("/flagged?limit=1000")
            assert listed.status_code == 200, listed.text
            assert len(listed.json()) == COUNT
            assert len({ladder["actual_vol"] for ladder in listed.json()}) == 1
            asked += 1
        return asked

    with ThreadPoolExecutor(2) as threads:
        asking = [threads.submit(ask) for _ in range(2)]
        try:
            for value in (2.0, 3.0):
                replace(value)
                assert values(client.get("/gex?symbol=NQ_NDX&limit=1").json()) == {value}
                assert values([client.get("/gex/latest?symbol=NQ_NDX").json()]) == {value}
        finally:
            done.set()
        assert all(each.result() > 0 for each in asking)


def test_every_route_reads_the_lake_on_disk(client: TestClient, replace: Callable[[float], None]) -> None:
    """As it does the one in memory."""
    replace(5.0)
    read = pl.read_parquet(io.BytesIO(client.get("/gex?symbol=NQ_NDX&limit=10000&format=parquet").content))
    assert (read.height, read["spot_price"].unique().to_list()) == (COUNT, [5.0])
    assert client.get("/gex/levels?symbol=NQ_NDX&every=5m").json()[-1]["net_gex"] == 20.0
    drawn = client.get("/gex/heatmap?symbol=NQ_NDX&every=5m").json()
    assert [len(drawn["strikes"]), {value for line in drawn["values"] for value in line}] == [4, {5.0}]
    assert client.get("/feeds").json()[0]["snapshots"] == COUNT
    assert client.get("/lineage?status=imported&path=NQ_NDX").json()[0]["records_imported"] == COUNT
    assert len(client.get("/runs?status=success").json()) == 1
    assert client.get("/rejects?reason=conflict&pending=true").json() == []
