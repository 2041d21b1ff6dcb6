"""A folder of small files: what is read together ends as what is read file by file."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.importing.staging.jobs import StageJob
from gexlake.application.importing.staging.stage_unit import stage_unit
from gexlake.application.ports.source_reader import Gathered, ReadOptions, SourceFile
from gexlake.domain.runs import OnConflict
from support.records import NOW, record, words


class OneByOne(LegacyReader):
    """Reads every file by itself."""

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Read no file with others."""
        return None


def staged(folder: Path, source: Path, reader: LegacyReader) -> dict[str, Any]:
    """Stage a folder as one unit, and tell all that matters of it."""
    sink, ladders = ParquetStrikeSink(folder), ParquetStrikeSource(folder)
    files = tuple(enumerate(reader.discover(source), 1))
    unit = stage_unit(StageJob("unit", files, reader, sink, ladders, ReadOptions(NOW), OnConflict.KEEP))
    return {
        "files": [dataclasses.replace(file, seconds=0.0) for file in unit.files],
        "parts": unit.parts,
        "rejects": [batch.to_pylist() for batch in sink.staged_rejects("unit")],
    }


def test_small_files_give_the_same_together_as_one_by_one(tmp_path: Path):
    """The same files, parts with the same digests, and rejects, with odd files among the good ones."""
    source = tmp_path / "history"
    source.mkdir()
    contents = [words(record(second, spot_price=25190.5)) for second in range(40)]
    contents[5] = contents[5][:-9]
    contents[11] = words(record(11, spot=-1))
    contents[17] += b"\n" + words(record(50))
    contents[23] = b'{"event_type":"trade"}'
    contents[29] = contents[2]
    contents[30] = words(record(2, zero_gamma=1.5))
    for number, content in enumerate(contents):
        (source / f"NQ_NDX_gex_zero_20251006_1330{number:02}.json").write_bytes(content)

    together = staged(tmp_path / "together", source, LegacyReader())

    assert together == staged(tmp_path / "apart", source, OneByOne())
    assert {len(file.errors) for file in together["files"]} == {0, 1}
