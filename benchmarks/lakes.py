"""Makes the lakes that are asked: with the real command, once for a state of the source."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from data import History
from machine import ROOT
from race import measured_import


def make_lake(name: str, histories: Sequence[History], work: Path) -> Path:
    """Give a lake of some histories, made if it is not there.

    One that another state of the source has made is removed: how a lake is written is part of what is measured.
    """
    folder = work / "lakes" / f"{name}-{_state(histories)}"
    if not folder.exists():
        for old in folder.parent.glob(f"{name}-*"):
            shutil.rmtree(old)
        unfinished = folder.with_name(f"unfinished-{name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        for history in histories:
            measured_import(history.make(work), unfinished)
            shutil.rmtree(history.make(work))  # gigabytes that nothing else needs
        unfinished.rename(folder)
    return folder


def copy_lake(lake: Path, target: Path) -> Path:
    """Copy a lake so that the copy can be written to. Parts never change, so they become links."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(lake, target, copy_function=_link_part)
    return target


def _link_part(source: str, target: str) -> None:
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _state(histories: Sequence[History]) -> str:
    """Sum up what makes a lake: the source of gexlake, and the histories."""
    summed = hashlib.sha256(repr(histories).encode())
    for file in sorted((ROOT / "src").rglob("*.py")):
        summed.update(file.read_bytes())
    return summed.hexdigest()[:12]
