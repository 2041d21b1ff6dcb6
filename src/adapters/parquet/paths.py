"""Where the parts of a lake lie on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from ...application.presence import exists
from ...domain.parts import Part, PartKey
from ..disk.lake_folder import LADDERS, QUARANTINE, SNAPSHOTS, STAGING


class LakePaths:
    """The names of things in one lake's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def staging(self) -> Path:
        """Where half-done work lies."""
        return self.folder / STAGING

    def unit(self, unit: str) -> Path:
        """Give the staging folder of a unit of work."""
        return self.staging / unit

    def staged(self, key: PartKey, kind: str) -> Path:
        """Say where a part is written; ``kind`` is ``strikes`` or ``snapshots``."""
        return self.unit(key.unit) / f"{key.name}.{kind}.parquet"

    def published(self, key: PartKey, kind: str) -> Path:
        """Say where readers find a part; values are quoted as Hive does it."""
        ticker, package, category = (quote(name, safe="") for name in key.feed)
        return self.folder.joinpath(
            kind,
            f"ticker={ticker}",
            f"package={package}",
            f"category={category}",
            f"date={key.date.isoformat()}",
            f"{key.name}.parquet",
        )

    def quarantined(self, published: Path, at: datetime) -> Path:
        """Say where what lies among the parts is set aside at a moment."""
        return self.folder / QUARANTINE / f"{at:%Y%m%dT%H%M%S}" / published.relative_to(self.folder)

    def strays(self, parts: Iterable[Part]) -> list[Path]:
        """Find what lies among the published parts and is none of these."""
        known = {self.published(part.key, kind) for part in parts for kind in (LADDERS, SNAPSHOTS)}
        lying = (
            Path(here, name)
            for kind in (LADDERS, SNAPSHOTS)
            for here, _, names in os.walk(self.folder / kind)
            for name in names
        )
        return sorted(path for path in lying if path not in known)

    def present(self, key: PartKey, kind: str) -> Path:
        """Say where a part is at this moment: published, or still staged."""
        path = self.published(key, kind)
        return path if exists(path) else self.staged(key, kind)
