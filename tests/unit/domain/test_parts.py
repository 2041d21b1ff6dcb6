"""The names of parts."""

from datetime import date

from gexlake.domain.feed import Feed
from gexlake.domain.parts import PartKey


def test_a_part_that_is_rewritten_again_and_again_has_new_names_of_a_bounded_length() -> None:
    """File systems allow 255 bytes."""
    key = PartKey(
        name="20251114T210000-3f9a2c-00007-001",
        unit="one",
        feed=Feed("SPX", "classic", "gex_full"),
        date=date(2025, 11, 14),
    )
    names = [key.name]
    for _ in range(1_000):
        key = key.anew("r", "two")
        names.append(key.name)
    assert len(set(names)) == len(names)
    assert names[1:4] == [f"{names[0]}r", f"{names[0]}r2", f"{names[0]}r3"]
    assert max(map(len, names)) < 40
    assert (key.unit, key.anew("m").unit, key.anew("m").name) == ("two", "two", f"{names[0]}r1000m")
