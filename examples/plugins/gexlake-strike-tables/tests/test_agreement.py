"""Whatever a table says: what is proven in bulk is what the rules would make of it, and they reject the rest."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gexlake_strike_tables.cells import REQUIRED
from gexlake_strike_tables.reader import StrikeTablesReader
from gexlake_strike_tables.stretches import stretches
from gexlake_strike_tables.tables import CsvRows, ParquetRows

from gexlake.plugins import ReadOptions, RecordJudge, SnapshotBatch
from gexlake.testing.reading import read_file

CELLS = (
    *(None, "", " ", "5", "05", "5.", ".5", "+5", "-5", "1e3", "1e400", "nan", "-inf", "0x10", "1_0", "true", "text"),
    *("\u0663", "0", "-0.0", "2147483648", "9007199254740993", "0.1", "12.5 ", "[1]", "SPX"),
    *("2025-10-06", "2025-10-06T14:30:00Z", "zero", "orderflow"),
)


class Judged:
    """A reader that proves nothing in bulk."""

    name = "judged"

    def read(self, file: Any, options: ReadOptions) -> Any:
        """Have the rules judge every snapshot."""
        rows = CsvRows(file) if file.path.suffix == ".csv" else ParquetRows(file)
        judge = RecordJudge(file, options)
        for stretch in stretches(rows):
            records = [(stretch.first + n, stretch.record(n)) for n in range(len(stretch.starts))]
            yield judge.batch(records, rows.form, stretch.bytes_done)
        yield SnapshotBatch.of([], [], bytes_done=file.size)


@pytest.mark.parametrize("seed", range(20))
def test_bulk_and_rules_agree(rows: list[dict[str, Any]], write: Callable[..., Path], kind: str, seed: int) -> None:
    """With odd cells anywhere, and columns that are not there."""
    chance = random.Random(seed)  # noqa: S311  # nothing is secret here
    names = [name for name in rows[0] if name in REQUIRED or chance.random() > 0.1]
    texts = [{name: None if row[name] is None else str(row[name]) for name in names} for row in rows]
    for _ in range(chance.randrange(8)):
        name, cell = chance.choice(names), chance.choice(CELLS)
        number = chance.randrange(5)
        for row in texts[3 * number : 3 * number + 3] if chance.random() > 0.3 else [chance.choice(texts)]:
            row[name] = cell
    path = write(texts, f"strikes.{kind}")
    reader, options = StrikeTablesReader(), ReadOptions(datetime.now(UTC), assume_category="gex_one")
    (file,) = reader.discover(path)
    found, judged = read_file(reader, file, options), read_file(Judged(), file, options)  # type: ignore[arg-type]
    assert found.snapshots == judged.snapshots
    assert [s.model_dump_json() for _, s in sorted(found.snapshots.items())] == [
        s.model_dump_json() for _, s in sorted(judged.snapshots.items())
    ]
    assert found.rejects == judged.rejects
