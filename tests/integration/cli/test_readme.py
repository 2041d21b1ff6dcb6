"""README.md promises that whoever begins with it gets an answer from each of its commands."""

import re
import runpy
import shlex
from pathlib import Path

import pytest

from support.commands import Commands

PAGE = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)


def test_one_command_after_the_other_has_an_answer(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
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
    (notebook,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    monkeypatch.chdir(tmp_path)
    for code, shown in ((shlex.split(program)[-1], "2025-11-14"), (notebook, "shape: (14_401, 4)")):
        (page := tmp_path / "page.py").write_text(code, encoding="utf-8")
        runpy.run_path(str(page), run_name="__main__")
        said = capfd.readouterr().out
        assert shown in said
    assert float(said.splitlines()[0]) > 0
