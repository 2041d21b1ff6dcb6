"""The hook: ``GEXLAKE_STRIKE_SINK=delta``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gexlake.plugins import hookimpl

if TYPE_CHECKING:  # every command of gexlake loads this module, few need Delta Lake
    from gexlake.plugins import StrikeSinkFactory, StrikeStorage


@hookimpl
def gexlake_strike_sinks() -> Mapping[str, StrikeSinkFactory]:
    """Bring Delta Lake tables in the lake's folder."""
    return {"delta": _delta}


def _delta(folder: Path) -> StrikeStorage:
    from gexlake.plugins import StrikeStorage

    from .sink import DeltaStrikeSink
    from .source import DeltaStrikeSource

    return StrikeStorage(DeltaStrikeSink(folder), DeltaStrikeSource(folder))
