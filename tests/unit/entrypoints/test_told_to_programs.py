"""What ``gexlake.open`` says of errors: cures that work in a program, and commands on its lake."""

from pathlib import Path

import pytest

from gexlake.domain.errors import (
    DiskFull,
    FeedAmbiguous,
    GexlakeError,
    LakeBehind,
    LakeBusy,
    LakeDamaged,
    LakeNotFound,
    SnapshotNotFound,
)
from gexlake.entrypoints.python.told_to_programs import told_to_programs

LAKE = "/data/my lake"
HERE = "--lake '/data/my lake'"


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (SnapshotNotFound("ABC", ["NQ_NDX/classic/gex_zero"]), "NQ_NDX/classic/gex_zero). days() lists what it holds."),
        (FeedAmbiguous("X", ("X/classic/gex_full", "X/classic/gex_one")), "X/classic/gex_one. Name one of these."),
        (FeedAmbiguous("x", ("X/classic/gex_one", "x/classic/gex_one")), "x/classic/gex_one. Name one of these."),
        (LakeNotFound(LAKE), f"There is no lake in {LAKE}. Open another, or make one: gexlake import SOURCE {HERE}"),
        (LakeBusy(LAKE, 7), "Wait until it ends, or stop it, and ask again."),
        (LakeDamaged(LAKE, "it is torn"), f"a part, 'gexlake repair {HERE}' names the sources to import again."),
        (LakeBehind(LAKE, 7, 3), f"gexlake rebuild {HERE}"),
        (DiskFull("/data"), "free some space and ask again, it goes on from there."),
    ],
)
def test_cures_work_there(error: GexlakeError, cure: str) -> None:
    """Also if somebody further out tells them again; facts and kind stay."""
    with pytest.raises(type(error)) as told, told_to_programs(Path(LAKE)), told_to_programs(Path(LAKE)):
        raise error
    assert told.value is error
    assert str(error).endswith(cure)
