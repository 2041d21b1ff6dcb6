"""docs/trust.md promises that its nightly job is silent when all is well, and sends what is off."""

import os
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.on_path import gexlake_in

PAGE = (Path(__file__).parents[3] / "docs" / "trust.md").read_text(encoding="utf-8")
(JOB,) = [block for block in re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE) if "gexlake import /data" in block]
(TODAY,) = re.findall(r"(?m)^today=(.*)$", JOB)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the history of a Friday, and with a ``mail`` that keeps what it is to send."""
    folder = tmp_path / "data"
    write_history(folder / "history", days=1, end=date(2025, 11, 14), snapshots=60)
    mail = folder / "bin" / "mail"
    mail.parent.mkdir()
    mail.write_text(f'#!/bin/sh\ncat > "{folder}/mail"\n', encoding="utf-8")
    mail.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("today", "sent"),
    [
        ("2025-11-14", ""),
        ("2025-11-15", ""),
        ("2025-11-17", "2025-11-17  missing"),
    ],
)
def test_the_nightly_job_sends_what_is_off(commands: Commands, data: Path, today: str, sent: str) -> None:
    """Nothing on the day that is there nor on a Saturday; on the Monday that nobody recorded, what is missing."""
    job = JOB.replace(TODAY, today).replace("/data/", f"{data}/")
    path = os.pathsep.join([str(data / "bin"), os.environ["PATH"]])
    with gexlake_in(data / "bin", commands):
        done = subprocess.run(["/bin/sh", "-c", job], env=os.environ | {"PATH": path}, check=True, capture_output=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert (data / "lake" / "gex.duckdb").exists()
    mail = data / "mail"
    assert sent in mail.read_text(encoding="utf-8") if sent else not mail.exists()
    assert "everything is accounted for" in (data / "night.log").read_text(encoding="utf-8")
