"""The questions, as tables."""

from __future__ import annotations

from typing import Any

from cells import number, spread, table

_HEAD = (
    *("", "asked a second", "answered a second", "p50 ms", "p99 ms", "p99.9 ms"),
    *("generator late (p99) ms", "host took, %", "failed"),
)
#: A server that reads ahead while it is asked.
_BEGUN = "just begun"


def queries(found: dict[str, Any]) -> list[str]:
    """Show the questions."""
    load = found["load"]
    holds = load["holds"]
    route = "predecessor's route"
    steady = [_row(kind, one) for kind, one in load["steady"].items()]
    steady += [_row(f"{route}, {kind}", one) for kind, one in load["route_steady"].items()]
    share = found["importing"]["share_importing"]["median"]
    steady.append(_row(f"mix while importing ({share:.0%} of the time)", found["importing"]))
    steady.append(_row("latest, remembered", found["remembered"]))
    steady.append(_row(f"mix, {_BEGUN}", found["begun"]))
    ages = [
        _row(f"{days} days{words}", one)
        for name, words in (("steady", ""), ("begun", f", {_BEGUN}"))
        for days, one in found["ages"][name].items()
    ]
    alone = [
        (
            kind,
            spread(one["p50_ms"]),
            spread(one["p99_ms"]),
            spread(load["route_alone"][kind]["p50_ms"]),
            spread(load["route_alone"][kind]["p99_ms"]),
        )
        for kind, one in load["alone"].items()
    ]
    large = found["large"]
    count = large["snapshots"]
    bulk = [
        (words, spread(large[key]["ms"]), number(large[key]["p99_ms"]), number(large[key]["bytes"] / 1e6))
        for key, words in (
            ("json", f"{count:,} snapshots with ladders, JSON"),
            ("arrow", f"{count:,} snapshots with ladders, Arrow"),
            ("heatmap_400", "a day's heatmap, at most 400 columns"),
            ("heatmap_1600", "a day's heatmap, at most 1,600 columns"),
        )
    ]
    lake = (
        f"A lake of {holds['days']:,} days, {holds['snapshots']:,} snapshots, {holds['strikes']:,} ladder rows. "
        "Symbols and moments are random, and the server remembers no answer unless it says so. What it reads ahead it "
        f"has read when it is asked, but for *{_BEGUN}*: that one is asked from its first second. The load is open: "
        "questions arrive by chance at the given rate whatever becomes of earlier ones, and a latency begins when the "
        "question was due. Server and generator share the machine. The settings are those that a server has by itself. "
        "*Host took*: the share of the processors' time that the host of a virtual machine gave to others; what is due "
        "then waits."
    )
    return [
        "### Questions",
        "",
        lake,
        "",
        *table(_HEAD, steady),
        "One client that waits for each answer:",
        "",
        "![99 of 100 answers](queries.svg)",
        "",
        *table(("", "p50 ms", "p99 ms", f"{route} p50 ms", f"{route} p99 ms"), alone),
        "Much at once, each question asked once:",
        "",
        *table(("", "ms", "p99 ms", "MB"), bulk),
        "The mix over lakes of small days:",
        "",
        *table(_HEAD, ages),
    ]


def _row(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    return (
        name,
        number(one["rate"]),
        number(one["a_second"]["median"]),
        *(spread(one[key]) for key in ("p50_ms", "p99_ms", "p999_ms", "lag_ms")),
        spread(one.get("stolen_share"), scale=100),
        f"{one['failed']:,} of {one['answers']:,}",
    )
