"""A program that packs a small lake as this version writes it: ``python tests/support/stored_lake.py ARCHIVE``.

For each version of the schema that was released, ``tests/fixtures/lakes/version-N.tar.gz`` keeps such a lake. Run it
with the code of that version, before the schema changes, and commit what it makes.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.domain.runs import OnConflict

FIXTURES = Path(__file__).parents[1] / "fixtures"


def open_lake(folder: Path) -> DuckDbLake:
    """Open the lake in a folder, as it is on disk by default."""
    return DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder))


def eventful(folder: Path, sources: Path) -> None:
    """Make a lake whose history has everything: repeats, conflicts, rejects, a replay, a source taken out, reruns."""
    for name in ("history", "dirty"):
        shutil.copytree(FIXTURES / name, sources / name)
    lake, clock = open_lake(folder), SystemClock()
    history = ImportHistory(lake, {"legacy": LegacyReader}, InlineWorkPool(), clock)

    def run(name: str, on_conflict: OnConflict = OnConflict.KEEP, *, clear: bool = False, force: bool = False) -> None:
        request = ImportRequest(sources / name, on_conflict=on_conflict, clear_existing=clear, force=force)
        history.run(request, SilentProgress())

    with closing(lake):
        run("history")
        run("history/bridge", force=True)
        run("dirty/conflict")
        run("dirty/spot-is-text")
        run("dirty")
        run("dirty/unsorted", clear=True)
        ReplayRejects(lake, clock).run(None, on_conflict=OnConflict.REPLACE)
        run("dirty/conflict", OnConflict.REPLACE, force=True)
        run("history")


def unpack(archive: Path, folder: Path) -> Path:
    """Lay a stored lake out in a folder, and name it."""
    with tarfile.open(archive) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # None before Python 3.11.4
        packed.extractall(folder)  # noqa: S202  # one of the archives beside the tests
    return folder / "lake"


def main(archive: str) -> None:
    """Pack such a lake."""
    with TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        eventful(lake, Path(folder) / "sources")
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(lake, "lake")


if __name__ == "__main__":
    main(*sys.argv[1:])
