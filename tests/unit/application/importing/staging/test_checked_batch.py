"""What a reader gives is looked at before anything is stored: a batch that contradicts itself fails its file alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.importing.staging.checked_batch import checked
from gexlake.domain.runs import FileStatus, RunStatus
from gexlake.testing import FakeReader, make_snapshots
from gexlake.testing.builders import make_ladder
from support.desk import FIRST, Desk

GOOD = SnapshotBatch.of(make_snapshots(3, strikes=make_ladder((1.0, 2.0))), [0, 1, 2], form="fast", bytes_done=7)


def with_column(columns: pa.RecordBatch, name: str, values: list[Any], kind: pa.DataType | None = None) -> Any:
    """Give columns with other values in one of them, of its own type or another one."""
    at = columns.schema.get_field_index(name)
    field = pa.field(name, kind or columns.schema.field(at).type)
    return columns.set_column(at, field, pa.array(values, field.type))


def with_snapshots(name: str, values: list[Any], kind: pa.DataType | None = None) -> SnapshotBatch:
    """Give the good batch with other values in a column of its snapshots."""
    return replace(GOOD, snapshots=with_column(GOOD.snapshots, name, values, kind))


BAD: dict[str, tuple[object, str]] = {
    "nothing": (None, "it gave None instead of a SnapshotBatch"),
    "a table": (replace(GOOD, snapshots=pa.Table.from_batches([GOOD.snapshots])), "snapshots is a Table"),
    "a ladder row too few": (replace(GOOD, ladders=GOOD.ladders.slice(1)), "5 ladder rows, and 6 by strike_count"),
    "ladders of nobody": (replace(GOOD, snapshots=GOOD.snapshots.slice(0, 0)), "6 ladder rows and no snapshot"),
    "a snapshot without a ladder": (with_snapshots("strike_count", [0, 3, 3]), "a strike_count is 0"),
    "a count below nothing": (with_snapshots("strike_count", [-1, 4, 3]), "a strike_count is -1"),
    "no count": (with_snapshots("strike_count", [None, 3, 3]), "strike_count of snapshots has nulls"),
    "no gamma": (replace(GOOD, ladders=with_column(GOOD.ladders, "gamma", [None] * 6)), "gamma of ladders has nulls"),
    "another type": (with_snapshots("spot", [1, 2, 3], pa.float32()), "spot double, spot float"),
    "a column too few": (replace(GOOD, snapshots=GOOD.snapshots.drop_columns(["spot"])), "spot double"),
    "a column too many": (
        replace(GOOD, snapshots=GOOD.snapshots.append_column("iv", pa.array([1, 2, 3]))),
        "iv int64",
    ),
    "another order": (replace(GOOD, ladders=GOOD.ladders.select(GOOD.ladders.schema.names[::-1])), "their order"),
    "a record before the first": (with_snapshots("record", [-1, 0, 1]), "go from -1 to 1"),
    "a record beyond all": (with_snapshots("record", [0, 1, 2**32]), "go from 0 to 4294967296"),
    "no ticker": (with_snapshots("ticker", ["NQ_NDX", " ", "NQ_NDX"]), "a ticker is empty"),
    "a category that is too long": (with_snapshots("category", ["x" * 65] * 3), "a category is longer than 64 bytes"),
    "fewer than none skipped": (replace(GOOD, skipped=-1), "skipped is -1"),
    "a place that is text": (replace(GOOD, bytes_done="7"), "integer"),
    "a form that is none": (replace(GOOD, form=5), "form is no text"),
    "a digest that is none": (replace(GOOD, digest=None), "digest is no text"),
    "rejects that are none": (replace(GOOD, rejects=("x",)), "rejects holds something else than Reject"),
    "warnings letter by letter": (replace(GOOD, warnings="abc"), "warnings holds something else than str"),
}


@pytest.mark.parametrize("batch", [GOOD, replace(GOOD, bytes_done=np.int64(7), rejects=[], warnings=["a word"])])
def test_a_batch_that_can_be_stored_is_given_as_it_is(batch: SnapshotBatch):
    """So are an empty one, and whole numbers and lists of other kinds."""
    assert checked(batch) is batch
    empty = SnapshotBatch.of([], [])
    assert checked(empty) is empty


@pytest.mark.parametrize(("batch", "reason"), BAD.values(), ids=BAD)
def test_a_batch_that_contradicts_itself_fails_its_file(batch: Any, reason: str):
    """What came before it is in, the other file too, and the reader is named with what is wrong."""
    with pytest.raises((TypeError, ValueError), match=reason):
        checked(batch)
    desk = Desk(first=make_snapshots(2), second=make_snapshots(2, second=10))

    class Fast(FakeReader):
        def read(self, file: Any, options: Any) -> Any:
            yield from super().read(file, options)
            if str(file.path) == FIRST:
                yield batch

    desk.reader = Fast({path: desk.reader.files[path] for path in desk.reader.files})
    run = desk.run()

    assert (run.status, desk.shown) == (RunStatus.PARTIAL, [0, 1, 10, 11])
    assert desk.statuses["first_gex_zero.json"] is FileStatus.PARTIAL
    assert "the reader fake failed" in run.errors[0]
    assert reason in run.errors[0]
