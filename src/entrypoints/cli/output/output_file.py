"""Where an answer is written to: stdout, or a file that is there only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from ....adapters.disk.lake_folder import LAKE_FILE, lake_names
from ....domain.escapes import escaped
from ..ending.stopping import leave_nothing_half_done


@contextmanager
def opened(output: Path | None) -> Iterator[BinaryIO]:
    """Open stdout, or a file that appears under its name when it is whole.

    What is no file, a pipe or a device, is written into as it is, and the file that a link leads to takes the new one.

    Raises:
        click.UsageError: it would be one of a lake's own, or lie among them.
    """
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    if output.exists() and not output.is_file():
        with output.open("wb") as out:
            yield out
        return
    place = Path(os.path.realpath(output))
    _check_outside(place)
    leave_nothing_half_done()
    half_done = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with half_done.open("wb") as out:
            yield out
        half_done.replace(place)
    except OSError as error:
        error.filename = str(output)  # the name that the user gave
        raise
    finally:
        half_done.unlink(missing_ok=True)


def _check_outside(place: Path) -> None:
    for folder in place.parents:
        name = place.relative_to(folder).parts[0]
        if (folder / LAKE_FILE).is_file() and name in lake_names({LAKE_FILE, name}):
            own = f"The lake {escaped(str(folder))} keeps its own files there. Name another place to write to."
            raise click.UsageError(own)
