"""Sources and lakes that were changed behind each other's back: the comparison finds each change and names it."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from support.accounts import account, compared, off
from support.records import record

#: Twenty seconds of a session, one of them broken, one of them twice and once in conflict with it.
DAY = "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"


def lines() -> list[dict[str, object]]:
    """Make the records of the source: the last three are a reject, a duplicate and a conflict."""
    made = [record(timestamp=1_759_757_402 + n) for n in range(20)]
    return [*made, record(timestamp=1_759_757_500, spot=-1), made[3], made[4] | {"spot": 20_000.5}]


def write(source: Path, records: list[dict[str, object]]) -> None:
    """Write a day file."""
    source.mkdir(exist_ok=True)
    (source / DAY).write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")


@contextmanager
def opened(folder: Path) -> Iterator[DuckDbLake]:
    """Open a lake."""
    with closing(DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder))) as lake:
        yield lake


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source and the lake that it was imported into."""
    folder = tmp_path_factory.mktemp("made")
    write(folder / "source", lines())
    with opened(folder / "lake") as lake:
        history = ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), SystemClock())
        counts = history.run(ImportRequest(folder / "source"), SilentProgress()).counts
    assert (counts.accepted, counts.duplicates, counts.conflicts, counts.rejected) == (20, 1, 1, 1)
    return folder


@pytest.fixture
def kept(made: Path, tmp_path: Path) -> Iterator[Path]:
    """The same, to be damaged: the source stays under the path it was imported from."""
    shutil.copytree(made / "lake", tmp_path / "lake")
    saved = (made / "source" / DAY).read_bytes()
    yield tmp_path / "lake"
    (made / "source" / DAY).write_bytes(saved)


def told(lake: Path, statement: str) -> None:
    """Change the database."""
    with duckdb.connect(str(lake / "gex.duckdb")) as database:
        database.execute(statement)


def rewritten(lake: Path, kind: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change the values of a part, and have its size and checksum fit: only the values can tell."""
    from gexlake.adapters.disk.files import digest

    (path,) = (lake / kind).rglob("*.parquet")
    table = pq.read_table(path, partitioning=None)
    pq.write_table(change(table), path, row_group_size=len(table))
    names = {"strikes": "ladder", "snapshots": "snapshot"}
    told(lake, f"update parts set {names[kind]}_bytes={path.stat().st_size}, {names[kind]}_digest='{digest(path)}'")


def doubled(name: str) -> Callable[[pa.Table], pa.Table]:
    """Double the values of a column."""

    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(name)
        return table.set_column(place, table.schema.field(name), pc.multiply(table[name], 2.0))

    return change


def test_what_was_imported_is_there(made: Path) -> None:
    """Every record is in the lake, or is a reject, a repeat or a conflict that the lineage knows."""
    with opened(made / "lake") as lake:
        found = compared(lake, made / "source")
    assert (off(found), found.compared_files, found.compared_records) == ([], 1, 23)


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("update gex_snapshots set spot = spot + 0.01 where record = 5", {"store-values"}),
        ("update gex_snapshots set extra = '{}' where record = 5", {"store-values"}),
        ("delete from gex_snapshots where record = 5", {"record-lost"}),
        ("delete from rejects where reason = 'conflict'", {"record-differs"}),
        ("delete from rejects where reason <> 'conflict'", {"reject-lost"}),
        ("update lineage set read = read + 1, duplicates = duplicates + 1", {"source-records"}),
        ("update gex_snapshots set record = 77 where record = 5", {"store-values", "snapshot-foreign"}),
        ("delete from lineage", {"source-new"}),
        ("update lineage set size = -1, mtime_ns = -1, digest = ''", {"source-due"}),
        ("update lineage set status = 'failed'", {"source-failed"}),
    ],
)
def test_changes_of_the_database(made: Path, kept: Path, statement: str, kinds: set[str]) -> None:
    """Values, rows, rejects and counts."""
    told(kept, statement)
    with opened(kept) as lake:
        assert set(off(compared(lake, made / "source"))) == kinds


@pytest.mark.parametrize(
    ("kind", "column", "kinds"),
    [
        ("strikes", "gamma", {"part-values", "record-differs"}),
        ("snapshots", "spot", {"part-values", "store-values", "record-differs"}),
    ],
)
def test_changed_values_of_a_part(made: Path, kept: Path, kind: str, column: str, kinds: set[str]) -> None:
    """Even where its size, its footer and its checksum fit, so that the account alone cannot tell."""
    rewritten(kept, kind, doubled(column))
    with opened(kept) as lake:
        assert off(account(lake)) == []
        assert set(off(compared(lake, made / "source"))) == kinds


def test_a_part_that_is_not_there(made: Path, kept: Path) -> None:
    """Is for the account to tell: by the hashes of the database the records are still found."""
    (path,) = (kept / "strikes").rglob("*.parquet")
    path.unlink()
    with opened(kept) as lake:
        assert off(account(lake)) == ["part-missing"]
        assert off(compared(lake, made / "source")) == []


def test_changes_of_the_source(made: Path, kept: Path) -> None:
    """Another file, one that has grown, one that says something else, one that is there no more."""
    records = lines()
    with opened(kept) as lake:
        write(made / "source", [*records, record(timestamp=1_759_757_600)])
        assert off(compared(lake, made / "source")) == ["source-changed"]
        write(made / "source", [records[0] | {"spot": 1.5}, *records[1:]])
        assert off(compared(lake, made / "source")) == ["source-changed"]
        other = made / "source" / "2025-10-07_NQ_NDX_classic_gex_zero.jsonl"
        write(made / "source", records)
        other.write_text(json.dumps(record(timestamp=1_759_843_802)), encoding="utf-8")
        try:
            assert off(compared(lake, made / "source")) == ["source-new"]
        finally:
            other.unlink()
