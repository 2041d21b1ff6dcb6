"""What to do about the things that went wrong in an import."""

from __future__ import annotations

import shlex
from itertools import dropwhile
from typing import NamedTuple
from urllib.parse import urlencode

from ....domain.runs import ImportRun, OnConflict
from ..terminal.words import counted


class Advice(NamedTuple):
    """A fact, and the command (without ``gexlake``) that shows or cures it; "" if there is none."""

    text: str
    command: str = ""


_NAMELESS = Advice("Some files name no category: import them again with --assume-category gex_zero, if they are that.")


def advice(run: ImportRun) -> list[Advice]:
    """Say what to do about each kind of thing that went wrong."""
    counts, files = run.counts, run.files
    found = [
        (counts.rejected, _rejected(run)),
        (counts.conflicts, _conflicts(run)),
        (
            files.partial,
            _files(run, "partial", files.partial, "not read to the end; read again when changed:"),
        ),
        (files.failed, _files(run, "failed", files.failed, "not read at all:")),
        (files.unsupported, _files(run, "unsupported", files.unsupported, "of other feeds, left alone:")),
        (counts.flagged, _flagged(run)),
        (any("--assume-category" in error for error in run.errors), _NAMELESS),
    ]
    return [advised for there, advised in found if there]


def address(server: str, command: str) -> str:
    """Give where a server answers what a command (without ``gexlake``) would say, if the lake were not the server's."""
    words = shlex.split(command)
    options = list(dropwhile(lambda word: not word.startswith("--"), words))
    asked = [(name.removeprefix("--"), value) for name, value in zip(options[::2], options[1::2], strict=True)]
    if words[:2] == ["rejects", "list"]:
        asked.append(("pending", "true"))  # a server has those that wait no more among them, too
    return f"{server}/{words[0]}" + (f"?{urlencode(asked)}" if asked else "")


def _rejected(run: ImportRun) -> Advice:
    number = counted(run.counts.rejected, "record")
    return Advice(f"{number} broke a rule{_unless_dry(run, ', kept word for word')}:", _rejects(run))


def _conflicts(run: ImportRun) -> Advice:
    number = counted(run.counts.conflicts, "snapshot")
    return Advice(
        f"{number} in conflict with another of the same moment{_who_wins(run)}:", f"{_rejects(run)} --reason conflict"
    )


def _who_wins(run: ImportRun) -> str:
    """Say how the losers would win; without ``--force`` the next import would not read their files again."""
    if run.options.get("on_conflict") != OnConflict.KEEP or "replay" in run.options:
        return " (--on-conflict says which one wins)"
    force = _unless_dry(run, "--force ")
    return f", which stays ({force}--on-conflict replace takes {'this' if run.counts.conflicts == 1 else 'these'})"


def _rejects(run: ImportRun) -> str:
    """Give the command that lists what a run rejected: by source, for a record keeps its first reject."""
    return "rejects list" if "replay" in run.options else f"rejects list --path {shlex.quote(run.source)}"


def _files(run: ImportRun, status: str, number: int, fact: str) -> Advice:
    return Advice(f"{counted(number, 'file')} {fact}", f"lineage --run {run.import_id} --status {status}")


def _flagged(run: ImportRun) -> Advice:
    stored = _unless_dry(run, ", stored as they are")
    return Advice(f"{counted(run.counts.flagged, 'ladder')} not adding up to the vendor's sums{stored}:", "flagged")


def _unless_dry(run: ImportRun, text: str) -> str:
    """Give what is so of all runs but dry ones, of which nothing stays."""
    return "" if run.dry_run else text
