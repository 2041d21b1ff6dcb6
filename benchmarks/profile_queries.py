"""What a question costs the server: CPU and waiting time, route by route, asked one after the other.

    python benchmarks/profile_queries.py [--days 6] [--snapshots 5000] [--questions 400] [--lake DIR]

It makes up a lake (or takes the one given), starts ``gexlake serve`` on it, and asks random questions about random
moments, so that hardly any answer is remembered; routes whose name ends in "again" ask the same one over and over. CPU
is the server's own, from /proc, so that other work on the machine counts for little. Beside it stand the
waiting times of the one client.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from data import History
from figures import percentile
from lakes import make_lake
from questions import Questions
from server import HOST, Server

TICKERS = ("NQ_NDX", "SPX")
#: Limits and logs stay in force, wide enough for one client.
SETTINGS = {"GEXLAKE_RATE_LIMIT": "100000000/minute", "GEXLAKE_LOG_LEVEL": "info"}

Ask = Callable[[], str]


def routes(questions: Questions) -> dict[str, Ask]:
    """Give what makes the paths of questions, by name."""
    chance = random.Random(7)  # noqa: S311  # the same questions each time
    days = questions.days

    def latest() -> str:
        # Each of these moments is another question, and what it asks for the newest snapshot.
        later = f"20{chance.randrange(26, 90)}-{chance.randrange(1, 13):02}-01T00:00:00Z"
        return f"/gex/ladder?{urlencode({'symbol': chance.choice(days)['ticker'], 'timestamp': later})}"

    def snapshots(form: str) -> Ask:
        def ask() -> str:
            path, asked = questions.range_of_snapshots(1_000, form)
            return f"{path}?{urlencode(asked)}"

        return ask

    def heatmap() -> str:
        # The end moves within the last second of a day: another question each time, and the same work.
        day = chance.choice(days)
        end = datetime.fromisoformat(day["last"]) + timedelta(microseconds=chance.randrange(1, 10**6))
        return f"/gex/heatmap?{urlencode({'symbol': day['ticker'], 'end': end.isoformat(), 'columns': 400})}"

    return {
        "latest, again": lambda: questions.path("latest"),
        "latest": latest,
        "at": lambda: questions.path("at"),
        "ladder": lambda: questions.path("ladder"),
        "100 levels": lambda: questions.path("levels"),
        "1,000 snapshots, Arrow": snapshots("arrow"),
        "1,000 snapshots, JSON": snapshots("json"),
        "heatmap of a day": heatmap,
        "health": lambda: "/health",
    }


def measure(server: Server, name: str, ask: Ask, questions: int) -> str:
    """Ask on one connection and say what it took."""
    with closing(HTTPConnection(HOST, server.port, timeout=120)) as connection:

        def put() -> tuple[float, int]:
            path, began = ask(), time.perf_counter()
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, (path, body[:300])
            return time.perf_counter() - began, len(body)

        for _ in range(max(2, questions // 20)):
            put()
        before = server.cpu_seconds()
        answers = [put() for _ in range(questions)]
        cpu = (server.cpu_seconds() - before) / questions * 1000
    waited = sorted(seconds * 1000 for seconds, _ in answers)
    size = sum(size for _, size in answers) / questions / 1000
    p50, p99 = (percentile(waited, share) for share in (0.5, 0.99))
    return f"{name:26}{questions:7,}{cpu:10.2f}{p50:10.2f}{p99:10.2f}{size:10,.1f}"


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
        made_up = [History(given.days, ticker, snapshots=given.snapshots, strikes=43) for ticker in TICKERS]
        lake = given.lake or make_lake("profiled", made_up, Path(folder))
        with Server.gexlake(lake, **SETTINGS) as server:
            print(f"{'route':26}{'asked':>7}{'CPU ms':>10}{'p50 ms':>10}{'p99 ms':>10}{'kB':>10}")
            for name, ask in routes(Questions(server)).items():
                if given.only in name:
                    heavy = name.startswith(("1,000", "heatmap"))
                    few = max(10, given.questions // 10)
                    print(measure(server, name, ask, few if heavy else given.questions), flush=True)
            print(f"the server holds {server.megabytes():,.0f} MB")


if __name__ == "__main__":
    main()
