"""The ladders that miss their checksum."""

import math

from gexlake.application.list_flagged import ListFlagged
from gexlake.testing.builders import make_ladder, make_snapshot
from support.serving import lake_of


def test_what_is_beyond_all_doubles_adds_up_to_infinity() -> None:
    """And is listed as any other, without a warning."""
    huge = make_snapshot(strikes=make_ladder(gamma=1.7e308), sum_gex_vol=1, sum_gex_oi=None)
    (found,) = ListFlagged(lake_of([huge, make_snapshot(second=1)])).run()
    assert (found.claimed_vol, found.actual_vol, found.actual_oi) == (1, math.inf, -math.inf)
