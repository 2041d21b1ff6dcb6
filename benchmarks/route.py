"""The predecessor's route: a connection to DuckDB for each request, SELECT *, and objects to JSON.

``route.py LAKE DATABASE PORT`` answers over a copy of a lake's database and the lake's own ladders, so the layout of
the files is no handicap to it.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import uvicorn
from fastapi import FastAPI

_LATEST = "SELECT * FROM gex_snapshots WHERE ticker = ? ORDER BY timestamp DESC LIMIT 1"
_AT = "SELECT * FROM gex_snapshots WHERE ticker = ? AND timestamp <= ? ORDER BY timestamp DESC LIMIT 1"
_RANGE = "SELECT * FROM gex_snapshots WHERE ticker = ? AND timestamp >= ? ORDER BY timestamp LIMIT ?"


def create_app(lake: Path, database: Path) -> FastAPI:
    """Make the app."""
    app = FastAPI()

    def ask(question: str, *values: Any) -> list[dict[str, Any]]:
        with duckdb.connect(database, read_only=True) as connection:
            found = connection.execute(question, list(values))
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def ladder(ticker: str, snapshot: dict[str, Any]) -> list[dict[str, Any]]:
        files = lake / "strikes" / f"ticker={ticker}" / "*" / "*" / f"date={snapshot['date']}" / "*.parquet"
        question = f"SELECT * FROM read_parquet('{files}') WHERE timestamp = ? ORDER BY strike"
        return ask(question, snapshot["timestamp"])

    @app.get("/gex/latest")
    def latest(symbol: str) -> dict[str, Any]:
        found = ask(_LATEST, symbol)[0]
        return found | {"strike_data": ladder(symbol, found)}

    @app.get("/gex/at")
    def at(symbol: str, timestamp: datetime) -> dict[str, Any]:
        found = ask(_AT, symbol, timestamp)[0]
        return found | {"strike_data": ladder(symbol, found)}

    @app.get("/gex/ladder")
    def ladder_at(symbol: str, timestamp: datetime) -> dict[str, Any]:
        found = ask(_AT, symbol, timestamp)[0]
        return {"timestamp": found["timestamp"], "strike_data": ladder(symbol, found)}

    @app.get("/gex/levels")
    def levels(symbol: str, start: datetime, limit: int = 100) -> list[dict[str, Any]]:
        return ask(_RANGE, symbol, start, limit)

    return app


def main() -> None:
    """Serve until somebody ends it."""
    lake, database, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    uvicorn.run(create_app(lake, database), host="127.0.0.1", port=port, log_level="error", access_log=False)


main()
