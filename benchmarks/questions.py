"""Questions at random symbols and moments of a lake, as paths."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from server import Server

_HOW_MANY = 2_000
KINDS = ("latest", "at", "levels", "ladder")


class Questions:
    """Makes questions about what the lake of a server holds, the same ones each time."""

    def __init__(self, server: Server) -> None:
        _, status, text = server.ask("/feeds", by="day")
        assert status == 200, text
        self.days: list[dict[str, Any]] = json.loads(text)
        self._dice = random.Random(7)  # noqa: S311  questions, not secrets

    def paths(self, kind: str) -> list[str]:
        """Make many questions of a kind, or of all kinds in turn for ``mix``."""
        kinds = KINDS if kind == "mix" else (kind,)
        return [self.path(kinds[number % len(kinds)]) for number in range(_HOW_MANY)]

    def path(self, kind: str) -> str:
        """Make one question."""
        day = self._dice.choice(self.days)
        moment = self._moment(day)
        match kind:
            case "latest":
                return _path(kind, symbol=day["ticker"])
            case "levels":
                return _path(kind, symbol=day["ticker"], start=moment, limit=100)
            case "at" | "ladder":
                return _path(kind, symbol=day["ticker"], timestamp=moment)
        raise ValueError(kind)

    def range_of_snapshots(self, limit: int, form: str) -> tuple[str, dict[str, Any]]:
        """Make a question for so many snapshots with their ladders."""
        # From the first half of a day, so that there are as many.
        day = self._dice.choice(self.days)
        half = {"first": day["first"], "last": self._at(day, 0.5)}
        return "/gex", {"symbol": day["ticker"], "start": self._moment(half), "limit": limit, "format": form}

    def heatmaps(self, columns: int) -> list[tuple[str, dict[str, Any]]]:
        """Ask for the picture of each day, in an order of chance."""
        days = self._dice.sample(self.days, len(self.days))
        return [
            (
                "/gex/heatmap",
                {"symbol": day["ticker"], "start": day["first"], "end": day["last"], "columns": columns},
            )
            for day in days
        ]

    def _moment(self, day: dict[str, Any]) -> str:
        return self._at(day, self._dice.random())

    def _at(self, day: dict[str, Any], share: float) -> str:
        first, last = (datetime.fromisoformat(day[end]) for end in ("first", "last"))
        return (first + share * (last - first)).astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _path(kind: str, **parameters: Any) -> str:
    return f"/gex/{kind}?{urlencode(parameters)}"
