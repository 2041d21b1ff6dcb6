"""A note in the lake's folder on where its ladders lie, so that nobody looks for them, or puts more, elsewhere."""

from __future__ import annotations

from pathlib import Path

from ...application.ports.unit_of_work import Lake
from ...application.presence import is_dir, is_file
from ...domain.errors import GexlakeError
from .lake_folder import SINK_NOTE

#: The sink of a lake that has no note.
USUAL_SINK = "parquet"


class OtherSink(GexlakeError):
    """The lake's ladders lie in another sink than the settings name."""

    def __init__(self, lake: str, sink: str, named: str) -> None:
        self.lake, self.sink, self.named = lake, sink, named
        super().__init__(
            f"The ladders of the lake {lake} lie in the strike sink {sink!r}, not in {named!r}. "
            f"Set GEXLAKE_STRIKE_SINK={sink}, or name another lake."
        )


def check_sink(folder: Path, sink: str, lake: Lake, *, read_only: bool) -> None:
    """Make sure that a lake is opened with its own sink; note the sink of a new lake.

    Raises:
        OtherSink: it has ladders elsewhere.
    """
    note = folder / SINK_NOTE
    noted = note.read_text(encoding="utf-8").strip() if is_file(note) else USUAL_SINK
    if noted == sink:
        return
    if read_only or is_file(note) or lake.snapshots.parts():
        raise OtherSink(str(folder), noted, sink)
    if is_dir(folder):  # a lake in memory has none
        note.write_text(f"{sink}\n", encoding="utf-8")
