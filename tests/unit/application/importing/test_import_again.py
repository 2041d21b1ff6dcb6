"""Which options a file is imported again with."""

from functools import partial
from pathlib import Path

import pytest

from gexlake.application.importing.import_again import ImportAgain
from gexlake.testing import FakeReader, InMemoryLake
from gexlake.testing.builders import make_file, make_run


@pytest.mark.parametrize(("used", "told"), [("first", ""), ("second", " --reader second"), ("gone", ""), (None, "")])
def test_a_reader_is_named_if_another_one_would_be_asked_first(used: str | None, told: str, tmp_path: Path) -> None:
    """And not if there is none of that name any more."""
    path = tmp_path / "day.jsonl"
    lake = InMemoryLake()
    run = make_run("run-1", options={"reader": used} if used else {})
    with lake.unit() as unit:
        unit.lineage.save_run(run)
        unit.commit()
    readers = {name: partial(FakeReader, {str(path): []}, name=name) for name in ("first", "second")}
    again = ImportAgain(lake.lineage, readers)
    assert again.options(make_file(1, import_id="run-1", source_file=str(path))) == told
    assert again.options_of_run(run.model_copy(update={"source": str(path)})) == told


@pytest.mark.parametrize(
    ("selections", "told"),
    [
        (["SPX; ; ", "NQ_NDX; ; "], " --ticker NQ_NDX --ticker SPX"),
        (["SPX; ; ", "; ; gex_zero"], ""),
        (["SPX; ; gex_zero", "; ; gex_one"], " --category gex_one --category gex_zero"),
        (["", "NQ_NDX; ; "], ""),
        (["", " | assumed gex_one", " | assumed gex_zero"], " --assume-category gex_one"),
        (
            ["; ; gex_one | assumed gex_one", "; ; gex_zero | assumed gex_zero"],
            " --category gex_one --assume-category gex_one",
        ),
    ],
)
def test_one_import_takes_what_several_readings_took(selections: list[str], told: str) -> None:
    """As narrow as options can say it; of several assumed categories the last."""
    readings = [make_file(9 - n, selection=selection) for n, selection in enumerate(selections)]
    assert ImportAgain(InMemoryLake().lineage, {}).options(*readings) == told
