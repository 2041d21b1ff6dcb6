"""``gexlake synth``: write made-up history."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import Any

import click

from ....domain.feed import CATEGORIES, PACKAGES
from ..asked.options import as_json, verbose
from ..asked.values import Category, Day, Place, Whole
from ..output.jsons import print_json
from ..terminal.words import counted, plain, size

#: The forms that ``adapters.synthetic`` writes; a test compares the two.
FORMS = ("array", "jsonl", "envelopes", "gzip", "container", "pretty", "single", "mixed")


@click.command
@click.argument("out", type=Place(file_okay=False))
@click.option("--days", type=Whole(1), default=1, show_default=True, help="How many sessions.")
@click.option("--ticker", default="NQ_NDX", show_default=True)
@click.option("--package", type=click.Choice(PACKAGES), default=PACKAGES[0], show_default=True)
@click.option("--category", type=Category(), default=CATEGORIES[0], show_default=True)
@click.option("--end", type=Day(), metavar="DATE", help="The last day.  [default: 2025-11-14]")
@click.option("--snapshots", type=Whole(1), help="How many a day.  [default: one a second]")
@click.option("--strikes", type=Whole(1), default=99, show_default=True, help="Rows of a ladder.")
@click.option("--form", type=click.Choice(FORMS), default="array", show_default=True, help="How it is written.")
@click.option(
    "--quirks",
    is_flag=True,
    help="Add the accidents of recorded history: repeats, gaps, disorder; in forms of lines a torn end.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed is another market.")
@as_json
@verbose
def synth(out: Path, *, end: date | None, form: str, as_json: bool, **market: Any) -> None:
    """Write made-up history into the folder OUT, in the vendor's form.

    The same options write the same bytes. No file that has something else in it is written over.
    """
    from ....adapters.synthetic.generate import write_history

    # Of one-snapshot files there are thousands.
    tell = None if form == "single" else lambda path: click.echo(f"wrote {path}", err=True)
    try:
        files = write_history(out, end=end, form=form, on_file=tell, **market)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except FileExistsError as error:
        there = f"{error.filename} is there already, with something else in it, which is left as it is."
        raise click.UsageError(plain(f"{there} Name another folder, or take the file away.")) from None
    written = [{"path": str(path), "size": path.stat().st_size} for path in files]
    if as_json:
        print_json(written)
        return
    total = sum(path.stat().st_size for path in files)
    following = shlex.join(["gexlake", "import", str(out)])
    click.echo(f"{counted(len(files), 'file')} with {size(total)} in {out}. Next: {following}")
