"""Questions to the real server: how long answers take at a steady rate, while it imports, and from old lakes."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from data import warm
from figures import figure, percentile
from lakes import copy_lake, make_lake
from questions import KINDS, Questions
from server import FORGETFUL, Server
from sizes import Setup

Load = dict[str, Any]
_SNAPSHOTS = 1_000
_COLUMNS = (400, 1_600)


def run(setup: Setup) -> dict[str, Any]:
    """Ask in all ways."""
    lake = make_lake("asked", setup.size.lake, setup.work)
    warm([path for path in lake.rglob("*") if path.is_file()])
    parts: dict[str, Callable[[Setup, Path], Any]] = {
        "load": _load,
        "begun": _begun,
        "importing": _importing,
        "remembered": _remembered,
        "large": _large,
        "ages": _ages,
    }
    found: dict[str, Any] = {}
    for name, part in parts.items():
        print(f"  {name}", file=sys.stderr, flush=True)
        found[name] = part(setup, lake)
    return found


def _load(setup: Setup, lake: Path) -> dict[str, Any]:
    """Ask gexlake and the predecessor's route in turns: at a steady rate, and one client alone."""
    size = setup.size
    database = setup.scratch("route") / "gex.duckdb"
    shutil.rmtree(database.parent, ignore_errors=True)
    database.parent.mkdir(parents=True)
    shutil.copy(lake / "gex.duckdb", database)
    rounds: dict[str, dict[str, list[Load]]] = {"steady": {}, "route_steady": {}, "alone": {}, "route_alone": {}}
    with Server.gexlake(lake, **FORGETFUL) as server, Server.route(lake, database) as route:
        questions = Questions(server.rest(setup.size.look))
        holds = {key: sum(day[key] for day in questions.days) for key in ("snapshots", "strikes")}
        _compare(server, route, questions)
        paths = {kind: questions.paths(kind) for kind in (*KINDS, "mix")}
        for number in range(size.runs):
            for kind, some in paths.items():
                rounds["steady"].setdefault(kind, []).append(server.load(some, size.rate, size.seconds, number))
            for kind, some in paths.items():
                alone = size.seconds / 2
                rounds["alone"].setdefault(kind, []).append(server.load(some, 0, alone, number))
                rounds["route_alone"].setdefault(kind, []).append(route.load(some, 0, alone, number))
            loaded = route.load(paths["mix"], size.route_rate, size.seconds, number)
            rounds["route_steady"].setdefault("mix", []).append(loaded)
    rates = {"steady": size.rate, "route_steady": size.route_rate}
    summaries = {
        name: {kind: _summary(loads, rates.get(name, 0)) for kind, loads in found.items()}
        for name, found in rounds.items()
    }
    return {"holds": holds | {"days": len(questions.days)}, **summaries}


def _begun(setup: Setup, lake: Path) -> Load:
    """Ask servers a mix from their first second on, while they read ahead."""
    loads = []
    for number in range(setup.size.runs):
        with Server.gexlake(lake, **FORGETFUL) as server:
            loads.append(server.load(Questions(server).paths("mix"), setup.size.rate, setup.size.seconds, number))
    return _summary(loads, setup.size.rate)


def _compare(server: Server, route: Server, questions: Questions) -> None:
    """See that both give the same snapshot and ladder to the same question."""
    for kind in KINDS:
        path = questions.path(kind)
        ours, theirs = (json.loads(one.ask(path)[2]) for one in (server, route))
        if kind == "levels":
            assert len(ours) == len(theirs), path
            ours, theirs = ours[-1], theirs[-1]
        assert ours["timestamp"][:19] == theirs["timestamp"][:19], path
        assert [row["gamma"] for row in ours.get("strike_data", [])] == [
            row["gamma"] for row in theirs.get("strike_data", [])
        ], path


def _importing(setup: Setup, lake: Path) -> Load:
    """Ask a mix at the steady rate while the server imports something else."""
    fresh = setup.size.fresh.make(setup.work)
    warm(setup.size.fresh.files(setup.work))
    copy = copy_lake(lake, setup.scratch("importing"))
    loads, busy = [], []
    with Server.gexlake(copy, GEXLAKE_SOURCE_ROOTS=str(fresh), **FORGETFUL) as server:
        paths = Questions(server.rest(setup.size.look)).paths("mix")
        for number in range(setup.size.runs):
            body = {"source_path": str(fresh), "data_types": ["gex"], "clear_existing": number > 0}
            begun = time.monotonic()
            _, status, text = server.ask("/import", body)
            assert status == 202, text
            state = f"/imports/{json.loads(text)['import_id']}"
            loads.append(server.load(paths, setup.size.rate, setup.size.seconds, number))
            asked = time.monotonic() - begun
            busy.append(min(1.0, _settled(server, state) / asked))
    shutil.rmtree(copy)
    return _summary(loads, setup.size.rate) | {"share_importing": figure(busy)}


def _settled(server: Server, state: str) -> float:
    """Wait for an import to end; give the seconds that it took."""
    while True:
        found = json.loads(server.ask(state)[2])
        if found["status"] != "running":
            assert found["status"] == "success", found
            return float(found["result"]["duration_seconds"])
        time.sleep(0.1)


def _remembered(setup: Setup, lake: Path) -> Load:
    """Ask for the latest snapshot again and again."""
    with Server.gexlake(lake) as server:
        paths = Questions(server.rest(setup.size.look)).paths("latest")[:1]
        rate = setup.size.cached_rate
        return _summary(
            [server.load(paths, rate, setup.size.seconds, number) for number in range(setup.size.runs)], rate
        )


def _large(setup: Setup, lake: Path) -> dict[str, Any]:
    """Ask for much at once, one question after the other; each is asked only once."""
    with Server.gexlake(lake, **FORGETFUL) as server:
        questions = Questions(server.rest(setup.size.look))
        limit = min(_SNAPSHOTS, min(day["snapshots"] for day in questions.days) // 2)
        found = {"snapshots": limit}
        for form, count in (("json", lambda text: len(json.loads(text))), ("arrow", _arrow_rows)):
            asked = [questions.range_of_snapshots(limit, form) for _ in range(setup.size.bulk)]
            found[form] = _one_by_one(server, asked, check=lambda text, count=count: count(text) == limit)
        for columns in _COLUMNS:
            asked = questions.heatmaps(columns)[: setup.size.bulk]
            found[f"heatmap_{columns}"] = _one_by_one(server, asked, check=lambda text: b'"values"' in text)
    return found


def _one_by_one(
    server: Server, asked: list[tuple[str, dict[str, Any]]], check: Callable[[bytes], bool]
) -> dict[str, Any]:
    seconds, size = [], 0
    for path, parameters in asked:
        taken, status, text = server.ask(path, **parameters)
        assert status == 200, text[:500]
        assert check(text), f"{path} {parameters}"
        seconds.append(taken)
        size = max(size, len(text))
    ordered = sorted(seconds)
    return {"ms": figure(one * 1e3 for one in seconds), "p99_ms": percentile(ordered, 0.99) * 1e3, "bytes": size}


def _arrow_rows(text: bytes) -> int:
    with pa.ipc.open_stream(text) as stream:
        return sum(batch.num_rows for batch in stream)


def _ages(setup: Setup, _: Path) -> dict[str, dict[str, Load]]:
    """Ask lakes of the same small days, of which they hold ever more; the rounds go through all lakes."""
    size = setup.size
    lakes = {one.days: make_lake(f"age{one.days}", [one], setup.work) for one in size.ages}
    rounds: dict[str, dict[int, list[Load]]] = {name: {days: [] for days in lakes} for name in ("begun", "steady")}
    for number in range(size.runs):
        for days, lake in lakes.items():
            with Server.gexlake(lake, **FORGETFUL) as server:
                paths = Questions(server).paths("mix")
                rounds["begun"][days].append(server.load(paths, size.rate, size.seconds, number))
                rounds["steady"][days].append(server.rest(size.look).load(paths, size.rate, size.seconds, number))
    return {
        name: {str(days): _summary(loads, size.rate) for days, loads in found.items()} for name, found in rounds.items()
    }


def _summary(loads: list[Load], rate: float) -> Load:
    """Put the same load of several rounds together."""
    keys = ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms", "lag_ms", "a_second", "processor_share", "stolen_share")
    whole: Load = {key: figure(load[key] for load in loads) for key in keys}
    counts = {key: sum(load[key] for load in loads) for key in ("answers", "failed")}
    return whole | counts | {"rate": rate, "bytes_an_answer": round(loads[0]["bytes_an_answer"])}
