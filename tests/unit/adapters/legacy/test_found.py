"""What fuzzing has found once: each stored input is read in all ways, which agree on it."""

from pathlib import Path

import pytest

from support.agreement import assert_agreement

FOUND = sorted((Path(__file__).parents[3] / "fuzz" / "found").glob("*.bin"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_finding_stays_mended(path: Path, tmp_path: Path):
    """Decoders, block sizes and the model say the same of it."""
    assert_agreement(tmp_path, path.read_bytes())
