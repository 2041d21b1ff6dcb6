"""Writes a history folder: the one entry to the synthetic market."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from .forms import FORMS, DayFeed
from .model import DayModel
from .quirks import NONE, DayQuirks, plan_quirks, writing_order
from .records import Record, records
from .sessions import last_sessions
from .snapshots import take_snapshots
from .streams import stream
from .writer import write_bridge_files, write_day

SINGLE = "single"
MIXED = "mixed"
#: Last session of the archive that the product was first built for: fixed, so that runs are reproducible.
DEFAULT_END = date(2025, 11, 14)
_MIXTURE = ("array", "jsonl", "gzip", "envelopes", "container", "pretty", SINGLE)
FORM_NAMES = (*FORMS, SINGLE, MIXED)


def write_history(  # noqa: PLR0913  every one of them is an option of the command
    out: Path,
    *,
    days: int,
    ticker: str = "NQ_NDX",
    package: str = "classic",
    category: str = "gex_zero",
    end: date | None = None,
    snapshots: int | None = None,
    strikes: int = 99,
    form: str = "array",
    quirks: bool = False,
    seed: int = 7,
    on_file: Callable[[Path], None] | None = None,
) -> list[Path]:
    """Write some sessions of one feed in the vendor's form, oldest first, and give the files.

    The same arguments give the same bytes. No file that is there already is written over.

    Args:
        out: the history folder; made if it is not there.
        days: how many sessions.
        ticker: any; those that the model does not know are taken for a share.
        package: "classic" or "state".
        category: "gex_zero", "gex_one" or "gex_full".
        end: last day; if the exchange is closed then, the session before it. ``DEFAULT_END`` if not given.
        snapshots: how many a day, spread over the session; one a second (23,400) if not given.
        strikes: rows of a ladder.
        form: one of ``FORM_NAMES``; "mixed" lets the others take turns by day.
        quirks: add the accidents of recorded history, see ``DayQuirks``.
        seed: another seed is another market.
        on_file: called with each file as soon as it is whole.

    Raises:
        ValueError: an argument is out of its range; the message says which values are good.
        FileExistsError: a file of the name of one of them has something else in it; those before it are written.
    """
    _check(days, ticker, form)
    sessions = last_sessions(end or DEFAULT_END, days)
    forms = [_MIXTURE[place % len(_MIXTURE)] if form == MIXED else form for place in range(days)]
    plan = plan_quirks(forms) if quirks else [NONE] * days
    written: list[Path] = []
    for session, its_form, its_quirks in zip(sessions, forms, plan, strict=True):
        model = DayModel(ticker, session.day, seed, strikes, package=package, category=category)
        day = take_snapshots(model, snapshots)
        order = writing_order(stream(seed, ticker, session.day, "quirks"), len(day), its_quirks)
        feed = DayFeed(session.day, ticker, package, category)
        for path in _write(out, its_form, feed, records(day, order), its_quirks):
            written.append(path)
            if on_file:
                on_file(path)
        del day  # or two days are in memory while the next one is computed
    return written


def _write(out: Path, form: str, feed: DayFeed, found: Iterator[Record], quirks: DayQuirks) -> Iterator[Path]:
    if form == SINGLE:
        yield from write_bridge_files(out, feed, found)
    else:
        yield write_day(out, form, feed, found, torn=quirks.torn, unpacked=quirks.unpacked)


def _check(days: int, ticker: str, form: str) -> None:
    """Refuse what the model does not look at; it checks the rest before anything is written."""
    if form not in FORM_NAMES:
        raise ValueError(f"There is no form {form!r}; choose one of {', '.join(FORM_NAMES)}.")
    if days < 1:
        raise ValueError(f"A history of {days} days is empty; ask for at least 1.")
    if not re.fullmatch(r"[A-Za-z0-9]+([_.-][A-Za-z0-9]+)*", ticker):
        raise ValueError(f"{ticker!r} is not a ticker; use letters and digits, such as NQ_NDX or SPX.")
