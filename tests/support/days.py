"""Whole days of snapshots in a lake in memory, by their moments alone: what coverage looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gexlake.adapters.nyse_calendar import NyseCalendar
from gexlake.application.columns.schemas import SNAPSHOT_SCHEMA, UTC_MICROS
from gexlake.domain.feed import Feed
from gexlake.domain.parts import Part
from gexlake.domain.timestamps import from_micros, to_micros
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import FEED, make_file, make_key, make_snapshot, make_tables

Seconds = npt.NDArray[np.float64]


def session(day: date) -> tuple[datetime, float]:
    """Give the open of a session and its length in seconds."""
    found = NyseCalendar().session(day)
    assert found is not None
    return found.opens, (found.closes - found.opens).total_seconds()


def every(day: date, step: float) -> Seconds:
    """Give the seconds after the open of a feed that publishes at this step, two seconds after the open."""
    return np.arange(2.0, session(day)[1], step)


def uneven(day: date, steps: Sequence[float] = (1, 1, 1, 1, 2, 2, 3)) -> Seconds:
    """Give the seconds after the open of a feed whose steps vary like these, in an order of chance."""
    length = session(day)[1]
    found = 2 + np.cumsum(np.random.default_rng(7).choice(steps, int(length)))
    return np.asarray(found[found < length])


def put_day(
    lake: InMemoryLake,
    day: date,
    seconds: Seconds,
    *,
    feed: Feed = FEED,
    flagged: int = 0,
    opens: datetime | None = None,
) -> None:
    """Put snapshots of a day into a lake, so many seconds after the open; the first ``flagged`` are flagged."""
    start = to_micros(opens or session(day)[0])
    file_id = lake.lineage.next_file_id()
    one, _ = make_tables([make_snapshot(**feed._asdict())], file_id)
    micros = np.round(seconds * 1_000_000).astype(np.int64) + start
    table = one.take(pa.array(np.zeros(len(micros), np.int64)))
    columns = {
        "timestamp": pa.array(micros).cast(UTC_MICROS),
        "flagged": pa.array(np.arange(len(micros)) < flagged),
    }
    for name, column in columns.items():
        table = table.set_column(SNAPSHOT_SCHEMA.get_field_index(name), SNAPSHOT_SCHEMA.field(name), column)
    part = Part(
        key=make_key(feed=feed, day=day),
        snapshots=len(micros),
        strikes=3 * len(micros),
        first=from_micros(int(micros[0])),
        last=from_micros(int(micros[-1])),
    )
    lake.snapshots.add(table, part)
    lake.lineage.add_file(make_file(file_id, source_file=f"history/{day}_{feed.category}.json"))


def utc(*numbers: int) -> datetime:
    """Give a moment in UTC."""
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]
