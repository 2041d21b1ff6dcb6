"""What ``gexlake query`` asks of a lake."""

import pytest

from gexlake.application.asking.query_gex import PAGE, QueryGex
from gexlake.entrypoints.cli.commands.query import Question
from gexlake.entrypoints.cli.session import Session
from gexlake.testing.builders import FEED, make_snapshots
from support.serving import lake_of


@pytest.mark.parametrize("ladder", [False, True])
def test_the_newest_come_with_ladders_page_by_page(ladder: bool) -> None:  # noqa: FBT001  # pytest names it
    """Those of a day are hundreds of megabytes; without, all fit into one answer. The oldest of them is the first."""
    question = Question(at=None, start=None, end=None, limit=PAGE + 5, ladder=ladder)
    pages = list(question.answers(QueryGex(lake_of(make_snapshots(PAGE + 10))), FEED, Session()))
    assert [page.snapshots.num_rows for page in pages] == ([PAGE, 5] if ladder else [PAGE + 5])
    assert [page.ladders is not None for page in pages] == [ladder] * len(pages)
    assert pages[0].snapshots.column("record")[0].as_py() == 5
