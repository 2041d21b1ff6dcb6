"""What a question costs the server: CPU and waiting time, route by route, asked one after the other.

    python benchmarks/profile_queries.py [--days 6] [--snapshots 5000] [--questions 400] [--lake DIR]

It makes up a lake (or takes the one given), starts ``gexlake serve`` on it, and asks random questions about random
moments, so that hardly any answer is remembered; routes whose name ends in "again" ask the same one over and over. CPU
is the server's own, from /proc, so that other work on the machine counts for little. Beside it stand the
waiting times of the one client.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import orjson

COMMAND = [sys.executable, "-m", "gexlake.entrypoints.cli.main"]
TICKERS = ("NQ_NDX", "SPX")
#: The limits of the settings stay in force, wide enough for one client.
SETTINGS = {"GEXLAKE_RATE_LIMIT": "100000000/minute", "GEXLAKE_WORKERS": "2"}
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

Ask = Callable[[random.Random], tuple[str, dict[str, str]]]


def make_lake(folder: Path, days: int, snapshots: int) -> Path:
    """Make history up and import it."""
    lake = folder / "lake"
    for seed, ticker in enumerate(TICKERS):
        history = folder / ticker
        shape = ["--days", str(days), "--snapshots", str(snapshots), "--strikes", "43", "--seed", str(seed)]
        subprocess.run([*COMMAND, "synth", str(history), "--ticker", ticker, *shape], check=True, stdout=sys.stderr)
        subprocess.run([*COMMAND, "import", str(history), "--lake", str(lake)], check=True, stdout=sys.stderr)
    return lake


class Server:
    """A server process and one connection to it."""

    def __init__(self, url: str, pid: int) -> None:
        place = urlsplit(url)
        self._connection = HTTPConnection(place.hostname or "", place.port, timeout=120)
        self._pid = pid

    def ask(self, path: str, parameters: dict[str, str]) -> bytes:
        """Give the body of an answer."""
        self._connection.request("GET", f"{path}?{urlencode(parameters)}")
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, (path, parameters, body[:300])
        return body

    def cpu_seconds(self) -> float:
        """Give the CPU time that the server has taken."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def megabytes(self) -> float:
        """Give the memory that it holds."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def served(lake: Path) -> Iterator[Server]:
    """Serve a lake for a while."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--lake", str(lake), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | SETTINGS,
    )
    assert process.stderr
    url = process.stderr.readline().split(" at ")[1].split()[0]
    # Its log goes on, and is thrown away, as a service manager would take it.
    drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
    try:
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait()
        drain.wait()


def routes(server: Server) -> dict[str, Ask]:
    """Give the questions by name."""
    days = [day for day in orjson.loads(server.ask("/feeds", {"by": "day"})) if day["ticker"] in TICKERS]

    def moment(chance: random.Random) -> tuple[str, datetime]:
        day = chance.choice(days)
        first, last = (datetime.fromisoformat(day[end]) for end in ("first", "last"))
        return day["ticker"], first + chance.random() * (last - first)

    def at_a_moment(path: str, name: str, **more: str) -> Ask:
        def ask(chance: random.Random) -> tuple[str, dict[str, str]]:
            ticker, when = moment(chance)
            return path, {"symbol": ticker, name: when.isoformat(), **more}

        return ask

    def heatmap(chance: random.Random) -> tuple[str, dict[str, str]]:
        # The end moves within the last second of a day: another question each time, and the same work.
        day = chance.choice(days)
        end = datetime.fromisoformat(day["last"]) + timedelta(microseconds=chance.randrange(1, 10**6))
        return "/gex/heatmap", {"symbol": day["ticker"], "end": end.isoformat(), "columns": "400"}

    return {
        "latest, again": lambda chance: ("/gex/latest", {"symbol": chance.choice(TICKERS)}),
        # A symbol's case makes no other answer, but another question.
        "latest": lambda chance: (
            "/gex/ladder",
            {"symbol": chance.choice(TICKERS), "timestamp": f"20{chance.randrange(26, 90)}-01-01T00:00:00Z"},
        ),
        "at": at_a_moment("/gex/at", "timestamp"),
        "ladder": at_a_moment("/gex/ladder", "timestamp"),
        "100 levels": at_a_moment("/gex/levels", "start", limit="100"),
        "1,000 snapshots, Arrow": at_a_moment("/gex", "start", limit="1000", format="arrow"),
        "1,000 snapshots, JSON": at_a_moment("/gex", "start", limit="1000"),
        "heatmap of a day": heatmap,
        "health": lambda _: ("/health", {}),
    }


def measure(server: Server, name: str, ask: Ask, questions: int) -> str:
    """Ask and say what it took."""
    chance = random.Random(name)  # noqa: S311  # the same questions each time
    for _ in range(max(2, questions // 20)):
        server.ask(*ask(chance))
    waited, size, before = [], 0, server.cpu_seconds()
    for _ in range(questions):
        path, parameters = ask(chance)
        began = time.perf_counter()
        size += len(server.ask(path, parameters))
        waited.append((time.perf_counter() - began) * 1000)
    cpu = (server.cpu_seconds() - before) / questions * 1000
    waited.sort()
    p50, p99 = waited[len(waited) // 2], waited[int(len(waited) * 0.99)]
    return f"{name:26}{questions:7,}{cpu:10.2f}{p50:10.2f}{p99:10.2f}{size / questions / 1000:10,.1f}"


def main() -> None:
    """Measure every route and print a table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--days", type=int, default=6)
    options.add_argument("--snapshots", type=int, default=5000, help="how many a day")
    options.add_argument("--questions", type=int, default=400, help="how many a route; of the heavy ones a tenth")
    options.add_argument("--lake", type=Path, help="a lake that is there already")
    options.add_argument("--only", default="", help="routes whose name holds this")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="gexlake-profile-") as folder:
        lake = given.lake or make_lake(Path(folder), given.days, given.snapshots)
        with served(lake) as server:
            print(f"{'route':26}{'asked':>7}{'CPU ms':>10}{'p50 ms':>10}{'p99 ms':>10}{'kB':>10}")
            for name, ask in routes(server).items():
                if given.only in name:
                    heavy = name.startswith(("1,000", "heatmap"))
                    few = max(10, given.questions // 10)
                    print(measure(server, name, ask, few if heavy else given.questions), flush=True)
            print(f"the server holds {server.megabytes():,.0f} MB")


if __name__ == "__main__":
    main()
