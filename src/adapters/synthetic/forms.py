"""The forms in which history lies in a folder: how each turns records to bytes, and names its file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import orjson

from .records import Record


@dataclass(frozen=True, slots=True)
class DayFeed:
    """What a day file is about."""

    day: date
    ticker: str
    package: str
    category: str

    @property
    def stem(self) -> str:
        """The vendor's name for a day file, without its ending."""
        return f"{self.day}_{self.ticker}_{self.package}_{self.category}"


@dataclass(frozen=True, slots=True)
class Form:
    """A form that holds a day in one file.

    Attributes:
        place: where the file lies under the history folder.
        pieces: one piece of text for each record.
        head, between, tail: what stands around the pieces.
    """

    place: Callable[[DayFeed], Path]
    pieces: Callable[[DayFeed, Iterable[Record]], Iterator[bytes]]
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""


def _named(ending: str) -> Callable[[DayFeed], Path]:
    return lambda feed: Path(f"{feed.stem}{ending}")


def _compact(_: DayFeed, records: Iterable[Record]) -> Iterator[bytes]:
    return map(orjson.dumps, records)


def _lines(_: DayFeed, records: Iterable[Record]) -> Iterator[bytes]:
    for record in records:
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _envelopes(feed: DayFeed, records: Iterable[Record]) -> Iterator[bytes]:
    """Wrap each snapshot as the live recorder does, which polls twice a second if it repeats itself."""
    before = None
    for record in records:
        at = _moment(record)
        if record["timestamp"] == before:
            at = at.replace(microsecond=500_000)
        before = record["timestamp"]
        envelope = {
            "recorded_at": at.isoformat(),
            "recorded_ms": int(at.timestamp() * 1000),
            "ticker": feed.ticker,
            "endpoint": f"{feed.package}_{feed.category}",
            "data": record,
        }
        yield orjson.dumps(envelope, option=orjson.OPT_APPEND_NEWLINE)


def _indented(_: DayFeed, records: Iterable[Record]) -> Iterator[bytes]:
    for record in records:
        text = orjson.dumps([record], option=orjson.OPT_INDENT_2)
        # The samples indent by one: no value holds two blanks in a row, so halving them all is safe.
        yield text.removeprefix(b"[\n").removesuffix(b"\n]").replace(b"  ", b" ")


def _folders(feed: DayFeed) -> Path:
    return Path(str(feed.day), feed.ticker, feed.package, f"{feed.category}.jsonl")


FORMS = {
    "array": Form(_named(".json"), _compact, b"[", b",", b"]"),
    "jsonl": Form(_named(".jsonl"), _lines),
    "envelopes": Form(_folders, _envelopes),
    "gzip": Form(_named(".json.gz"), _compact, b"[", b",", b"]"),
    "container": Form(_named(".json"), _compact, b'{"snapshots":[', b",", b"]}"),
    "pretty": Form(_named(".json"), _indented, b"[\n", b",\n", b"\n]"),
}


def bridge_file(feed: DayFeed, record: Record) -> tuple[Path, bytes]:
    """Give the small file that the older bridge wrote for one snapshot: its place and its text.

    It says ``spot_price``, tells time in ISO-8601, and adds ``net_gex``. Its name holds no package, which means
    classic; another package is named by a folder.
    """
    at = _moment(record)
    old: Record = {("spot_price" if key == "spot" else key): value for key, value in record.items()}
    old["timestamp"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    old["net_gex"] = record["sum_gex_vol"]
    folder = Path("bridge") if feed.package == "classic" else Path("bridge", feed.package)
    return folder / f"{feed.ticker}_{feed.category}_{at:%Y%m%d_%H%M%S}.json", orjson.dumps(old)


def _moment(record: Record) -> datetime:
    return datetime.fromtimestamp(cast(int, record["timestamp"]), UTC)
