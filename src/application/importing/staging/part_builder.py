"""Building one part: gathering snapshots into row groups, in order, without repeats."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from itertools import pairwise

import numpy as np
import pyarrow as pa

from ....domain.parts import Part, PartKey
from ....domain.runs import Counts, OnConflict
from ...columns.arrays import Ints
from ...columns.batch import offsets
from ...columns.rows import Rows, content_hashes, flags, micros_of, pick, row_keys
from ...columns.schemas import SNAPSHOT_SCHEMA
from ...ports.strike_sink import PartWriter, StrikeSink
from ...ports.strike_source import StrikeSource
from ..stored.repeats import Loser, settle_repeats
from ..stored.rewriting import rewrite
from ..stored.snapshot_loader import Place, SnapshotLoader
from .writing_ahead import WritingAhead


class PartBuilder:
    """Builds the part of one feed and trading day, in staging; ``ahead`` writes its row groups meanwhile."""

    def __init__(
        self,
        key: PartKey,
        sink: StrikeSink,
        source: StrikeSource,
        batch_size: int,
        sources: Mapping[int, str],
        ahead: Executor | None = None,
    ) -> None:
        self.losers: list[Loser] = []
        self._key = key
        self._sink, self._source, self._batch_size, self._sources = sink, source, batch_size, sources
        writer = sink.stage(self._key, sources)
        self._writer: PartWriter = WritingAhead(writer, ahead) if ahead else writer
        self._waiting: list[Rows] = []
        self.waiting = 0
        self._micros: list[Ints] = []
        self._hashes: list[Ints] = []
        self._keys: list[Ints] = []
        self._in_order = True

    def add(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        """Add rows, the snapshots with the number of their source file."""
        self._waiting.append((snapshots, ladders))
        self.waiting += snapshots.num_rows
        if self.waiting >= self._batch_size:
            self.flush()

    def flush(self) -> None:
        """Write what waits as row groups."""
        if not self.waiting:
            return
        snapshots = pa.concat_tables([snapshots for snapshots, _ in self._waiting])
        ladders = pa.concat_tables([ladders for _, ladders in self._waiting]).combine_chunks()
        self._waiting, self.waiting = [], 0
        micros = micros_of(snapshots)
        if not (micros[1:] >= micros[:-1]).all():
            snapshots, ladders = pick(snapshots, ladders, np.argsort(micros, kind="stable"))
            micros = micros_of(snapshots)
        last = self._micros[-1][-1] if self._micros else None
        self._in_order &= bool((micros[1:] > micros[:-1]).all()) and (last is None or micros[0] > last)
        hashes = content_hashes(snapshots, ladders)
        added = {"flagged": pa.array(flags(snapshots, ladders)), "content_hash": pa.array(hashes)}
        columns = [added[name] if name in added else snapshots.column(name) for name in SNAPSHOT_SCHEMA.names]
        snapshots = pa.Table.from_arrays(columns, schema=SNAPSHOT_SCHEMA)
        self._micros.append(micros)
        self._hashes.append(hashes)
        self._keys.append(row_keys(snapshots))
        rows = offsets(snapshots.column("strike_count"))
        groups = max(1, snapshots.num_rows // self._batch_size)
        bounds = [snapshots.num_rows * n // groups for n in range(groups + 1)]
        for start, end in pairwise(bounds):
            size = int(rows[end] - rows[start])
            self._writer.write(snapshots.slice(start, end - start), ladders.slice(int(rows[start]), size))

    def close(self, policy: OnConflict) -> tuple[Part, dict[int, Counts]]:
        """Finish the part; give it and, by the number of a source file, what repeats change in that file's counts."""
        self.flush()
        part = self._writer.close()
        if self._in_order:
            return part, {}
        micros, hashes, keys = (np.concatenate(column) for column in (self._micros, self._hashes, self._keys))
        # Row groups are sorted each for itself; the order of arrival is that of file and record.
        arrival = np.argsort(keys, kind="stable")
        micros, hashes, keys = micros[arrival], hashes[arrival], keys[arrival]
        places = [Place(part, key, at) for key, at in zip(keys.tolist(), micros.tolist(), strict=True)]
        settled = settle_repeats(places, hashes, {}, SnapshotLoader(lambda _: self._source), policy)
        self.losers = settled.losers
        kept = np.setdiff1d(np.arange(len(keys)), sorted(settled.dropped))
        kept = kept[np.argsort(micros[kept], kind="stable")]
        key = self._key.anew("s")
        self._writer = self._sink.stage(key, self._sources)
        rewrite(self._source, part, keys[kept], micros[kept], self._writer, self._batch_size)
        return self._writer.close(), settled.changes(keys)

    def abort(self) -> None:
        """Throw the part away."""
        self._writer.abort()
