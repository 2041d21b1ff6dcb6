"""README.md promises that whoever begins with it gets an answer from each of its commands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from support.commands import Commands

PAGE = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)


def test_one_command_after_the_other_has_an_answer(commands: Commands, tmp_path: Path) -> None:
    """On history that is made as the page says, in the order of the page."""
    (made,) = re.findall(r"`gexlake (synth [^`]*)`", PAGE)
    assert commands(*shlex.split(made), "--snapshots", "30", "--strikes", "20", folder=str(tmp_path)).status == 0
    calls = [
        shlex.split(line, comments=True)[1:] for line in "".join(BLOCKS).splitlines() if line.startswith("gexlake")
    ]
    for words in calls:
        said = commands(*words, folder=str(tmp_path))
        assert said.status == 0, (words, said)
        assert said.out or (tmp_path / words[-1]).is_file(), words
    (program,) = [block for block in BLOCKS if block.startswith("python -c")]
    assert "2025-11-14" in said_by(shlex.split(program)[1:], tmp_path)
    (notebook,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    said = said_by(["-W", "error", "-c", notebook], tmp_path)
    assert float(said.splitlines()[0]) > 0
    assert "shape: (14_401, 4)" in said


def said_by(words: list[str], folder: Path) -> str:
    """Give what Python says in a folder."""
    return subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True, text=True).stdout
