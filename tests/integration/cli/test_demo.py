"""The commands that need no lake: synth, scan and demo."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

Gexlake = Callable[..., tuple[int, str, str]]


def test_synth_writes_history_that_scan_understands(gexlake: Gexlake, tmp_path: Path) -> None:
    """Feed, day, size and roughly how many snapshots."""
    out = str(tmp_path / "my history")
    written = json.loads(gexlake("synth", out, "--days", "2", "--snapshots", "40", "--json")[1])
    assert [Path(file["path"]).name for file in written] == [
        "2025-11-13_NQ_NDX_classic_gex_zero.json",
        "2025-11-14_NQ_NDX_classic_gex_zero.json",
    ]
    status, found, err = gexlake("scan", out, "--json")
    assert (status, err) == (0, "")
    first, second = json.loads(found)
    assert (first["feeds"], first["days"]) == (["NQ_NDX/classic/gex_zero"], ["2025-11-13"])
    assert (second["size"], second["problem"]) == (written[1]["size"], "")
    said = gexlake("synth", out, "--days", "2", "--snapshots", "40")[1]
    assert shlex.split(said)[-3:] == ["gexlake", "import", out]
    table = gexlake("scan", out)[1]
    assert "2025-11-14" in table
    assert table.splitlines()[-1].startswith("total")


@pytest.mark.parametrize("form", ["array", "single"])
def test_synth_writes_over_no_history(gexlake: Gexlake, tmp_path: Path, form: str) -> None:
    """Whoever names the folder of an archive loses no day of it; the same options once more find the same bytes."""
    words = ("synth", str(tmp_path), "--snapshots", "2", "--form", form)
    assert gexlake(*words)[0] == gexlake(*words)[0] == 0
    archived = min(path for path in tmp_path.rglob("*") if path.is_file())
    archived.write_bytes(b"[]")
    status, out, err = gexlake(*words)
    assert (status, out) == (2, "")
    assert f"{archived} is there already, with something else in it" in err
    assert archived.read_bytes() == b"[]"
    assert not list(tmp_path.rglob(".*"))


def test_scan_says_what_is_wrong_with_a_file(gexlake: Gexlake, tmp_path: Path) -> None:
    """By its path, below the table."""
    (tmp_path / "2025-11-14_NQ_NDX_classic_gex_zero.json").write_text("[{", encoding="utf-8")
    out = gexlake("scan", str(tmp_path))[1]
    assert "Problems in 1 file:" in out
    assert "2025-11-14_NQ_NDX_classic_gex_zero.json: " in out


@pytest.mark.parametrize("option", [("--strikes", "1"), ("--ticker", "N/A")], ids=" ".join)
def test_synth_refuses_what_the_market_cannot_be(gexlake: Gexlake, tmp_path: Path, option: tuple[str, str]) -> None:
    """With the sentence of the market's own check."""
    status, _, err = gexlake("synth", str(tmp_path), *option)
    assert status == 2
    assert "Error: " in err


@pytest.fixture
def places() -> Iterator[Path]:
    """A folder for temporary files. Workers meet at a socket in there, whose path may have a hundred characters."""
    with TemporaryDirectory(prefix="two words ") as made:
        yield Path(made)


def test_demo_shows_the_whole_way_in_a_lake_of_its_own(gexlake: Gexlake, tmp_path: Path, places: Path) -> None:
    """Import, levels, ladder, day and files; what it says to try next works, and what it says to remove is its own."""
    lake = tmp_path / "my lake"
    program = "from gexlake.entrypoints.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "demo", "--lake", str(lake)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(places), "PYTHONIOENCODING": "utf-8", "PATH": os.defpath},
    )
    assert done.returncode == 0
    for shown in ("rejects list --path", "zero_gamma", "← - wall", "─ spot", "New York", "*.parquet"):
        assert shown in done.stdout
    assert gexlake("rejects", "list", "--lake", str(lake))[0] == 0
    (made,) = places.iterdir()
    *_, again, _, removal = said = done.stdout.splitlines()
    begin = said[said.index("What to try next") + 1]
    found = subprocess.check_output(["sh", "-c", f"{begin}; command -v gexlake"], env={"PATH": os.defpath}, text=True)
    assert Path(found.strip()).samefile(Path(sys.prefix, "bin", "gexlake"))
    assert shlex.split(again) == ["gexlake", "import", str(made / "history"), "--lake", str(lake)]
    assert shlex.split(removal)[-5:] == ["rm", "-r", "--", str(made), str(lake)]


def test_demo_spoils_no_lake(gexlake: Gexlake, folder: Path) -> None:
    """It wants a new folder."""
    assert gexlake("demo", "--lake", str(folder))[0] == 2
