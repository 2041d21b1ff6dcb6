"""A source of a gigabyte that holds one thing without an end: refused with a reason, in little memory."""

from collections.abc import Callable
from pathlib import Path

from support.commands import Said
from support.crash_sources import made
from support.lake_content import lake_content
from support.records import array, words, zipped
from support.records import record as good

MB = 1 << 20
#: So many packed members of 16 MB are a gigabyte, more than the import may take.
MEMBERS = 64


def test_string_without_an_end_is_refused_in_bounded_memory(commands: Callable[..., Said], tmp_path: Path) -> None:
    """A packed gigabyte of it, among good records; they go in, what it is is said, and the other files go in too."""
    history, lake = tmp_path / "history", tmp_path / "lake"
    history.mkdir()
    records = made(range(20))
    begin = words(good(30, x="#")).partition(b'#"')[0]
    head = zipped(b"[" + b",".join(records[:10]) + b"," + begin)
    member = zipped(b"y" * 16 * MB)
    (history / "2025-10-06_NQ_NDX_classic_gex_zero.json.gz").write_bytes(head + member * MEMBERS)
    (history / "2025-10-06_ES_SPX_classic_gex_zero.json").write_bytes(array(made(range(5), ticker="ES_SPX")))

    said = commands("import", history, "--lake", lake, "--progress", "none")

    assert (said.status, "more than 64 MiB of what no snapshot can be" in said.out) == (1, True), said.words
    assert said.megabytes < 900
    assert len(lake_content(lake)["snapshots"]) == 15
    assert commands("verify", "--lake", lake).status == 0
