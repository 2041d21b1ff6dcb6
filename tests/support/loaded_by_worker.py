"""A program that stages a folder of history in a worker, and prints the modules that the worker has loaded for it."""

import sys
from pathlib import Path

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.processes.process_pool import ProcessWorkPool
from gexlake.application.importing.planning.readers import files_of
from gexlake.application.importing.staging.jobs import StageJob
from gexlake.application.importing.staging.stage_unit import stage_unit
from gexlake.application.ports.source_reader import ReadOptions
from gexlake.domain.runs import OnConflict
from gexlake.testing.builders import NOON


def loaded_by_staging(job: StageJob) -> list[str]:
    """Stage a unit, and name the modules that were loaded for it."""
    before = set(sys.modules)
    assert stage_unit(job).parts
    return sorted(set(sys.modules) - before)


if __name__ == "__main__":
    history, lake = map(Path, sys.argv[1:])
    reader = LegacyReader()
    sink, ladders = ParquetStrikeSink(lake), ParquetStrikeSource(lake)
    files = tuple(enumerate(files_of(reader, history), 1))
    staging = StageJob("unit", files, reader, sink, ladders, ReadOptions(NOON), OnConflict.KEEP)
    with ProcessWorkPool().executor(1) as executor:
        print(*executor.submit(loaded_by_staging, staging).result(120))
