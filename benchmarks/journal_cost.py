"""Measures what the journal costs a commit, and how long a rebuild takes: ``python benchmarks/journal_cost.py``."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from gexlake.adapters.duckdb.index import DuckDbIndex
from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.journal.files import FileJournal
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.keeping.rebuild_lake import RebuildLake
from gexlake.application.ports.journal import Journal, NoJournal
from gexlake.application.ports.strike_sink import StrikeStorage
from gexlake.domain.runs import Counts
from gexlake.testing.builders import make_file, make_reject, make_rejects, make_snapshots, stage_part

UNITS, SNAPSHOTS = 117, 1000


def commits(folder: Path, journal: Journal) -> list[float]:
    """Commit units of a thousand snapshots, a file and a reject each, and give the CPU seconds of each commit."""
    sink, source = ParquetStrikeSink(folder), ParquetStrikeSource(folder)
    taken = []
    with closing(DuckDbLake(folder, sink, source, journal=journal)) as lake:
        for number in range(1, UNITS + 1):
            part, table = stage_part(sink, make_snapshots(SNAPSHOTS, second=number * SNAPSHOTS), file_id=number)
            begun = time.process_time()
            with lake.unit() as work:
                work.add_part(part, table)
                counts = Counts(read=SNAPSHOTS + 1, accepted=SNAPSHOTS, rejected=1, strikes=part.strikes)
                work.lineage.add_file(make_file(number, counts=counts))
                work.lineage.add_rejects(make_rejects([make_reject(number, raw=b"x" * 20_000)], file_id=number))
                work.commit()
            taken.append(time.process_time() - begun)
    return taken


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory() as name:
        plain, kept = Path(name) / "plain", Path(name) / "kept"
        without, with_ = median(commits(plain, NoJournal())), median(commits(kept, FileJournal(kept)))
        print(f"CPU of a commit: {without * 1e3:.1f} ms without, {with_ * 1e3:.1f} ms with the journal")
        size = sum(path.stat().st_size for path in (kept / "journal").iterdir())
        print(f"journal: {size / UNITS:,.0f} bytes a commit")
        index = DuckDbIndex(kept, StrikeStorage(ParquetStrikeSink(kept), ParquetStrikeSource(kept)))
        wall, cpu = time.perf_counter(), time.process_time()
        rebuilt = RebuildLake(index, FileJournal(kept), SystemClock()).run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"rebuild of {UNITS * SNAPSHOTS:,} snapshots: {wall:.1f} s, {cpu:.1f} s of CPU")
        print(f"account holds: {rebuilt.account.holds}")


if __name__ == "__main__":
    main()
