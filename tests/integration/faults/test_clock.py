"""Clocks that are set back, between runs and during one: nothing is named, ordered or judged by them alone."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gexlake.adapters.disk.files import free_name
from gexlake.adapters.memory.clock import FixedClock
from gexlake.adapters.memory.progress import SilentProgress
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.ports.clock import Clock
from gexlake.domain.runs import ImportRun
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.injection import providers
from gexlake.entrypoints.lakes import writing
from gexlake.entrypoints.settings.model import Settings
from support.commands import Said
from support.lake_content import lake_content, same

Run = Callable[..., Said]
#: After everything in the histories, and more than a year before the clock of whoever runs this.
EARLIER = datetime(2025, 10, 20, 12, tzinfo=UTC)
#: Before the histories.
TOO_EARLY = datetime(2025, 9, 1, tzinfo=UTC)


class BackwardClock(Clock):
    """Tells an hour less each time that it is asked."""

    def __init__(self) -> None:
        self._moment = EARLIER + timedelta(days=365)

    def now(self) -> datetime:
        """Go back."""
        self._moment -= timedelta(hours=1)
        return self._moment

    def seconds(self) -> float:
        """Stand still."""
        return 0.0


def imported(lake: Path, source: Path, clock: Clock) -> ImportRun:
    """Import as the command does, with a clock of our own."""
    container = build_container(Settings(lake=lake))
    container.clock.override(providers.Object(clock))
    with writing(container) as opened:
        run: ImportRun = container.import_history(opened).run(ImportRequest(source), SilentProgress())
    return run


def test_clock_set_back_between_runs_changes_nothing(run: Run, folder: Path, sources: Path, whole: Path) -> None:
    """The later run bears the earlier date; nothing of either is taken for the other's."""
    made = imported(folder, sources / "second", FixedClock(EARLIER))
    again = imported(folder, sources / "second", FixedClock(EARLIER))

    assert made.import_id != again.import_id
    assert (again.counts.read, again.files.unchanged) == (0, again.files.found)
    assert run("verify").status == 0
    assert same(folder, whole / "both")
    assert run("doctor").status == 0


def test_doctor_says_that_the_clock_was_set_back(run: Run, folder: Path, sources: Path) -> None:
    """If a run began after the present moment."""
    imported(folder, sources / "second", FixedClock(datetime.now(UTC) + timedelta(days=2)))

    said = run("doctor")
    assert (said.status, "the clock was set back. Set it right" in said.out) == (1, True), said.out


def test_clock_that_goes_back_during_a_run_changes_nothing(run: Run, folder: Path, sources: Path, whole: Path) -> None:
    """The run ends before it began, by that clock; it is the same run."""
    made = imported(folder, sources / "second", BackwardClock())

    assert made.finished_at is not None
    assert made.finished_at < made.started_at
    assert run("verify").status == 0
    assert run("runs", "--json").status == 0
    assert same(folder, whole / "both")


def test_what_a_wrong_clock_takes_for_the_future_waits_for_the_right_one(
    commands: Run, sources: Path, whole: Path, tmp_path: Path
) -> None:
    """Every record is kept word for word, with the reason; replayed under the right clock all of them are in."""
    lake = tmp_path / "lake"
    made = imported(lake, sources / "first", FixedClock(TOO_EARLY))

    assert (made.counts.accepted, made.counts.rejected) == (0, made.counts.read)
    assert commands("verify", "--lake", lake).status == 0
    said = commands("rejects", "list", "--lake", lake)
    assert "lies in the future" in said.out

    assert commands("rejects", "replay", "--lake", lake).status == 1
    assert commands("verify", "--lake", lake).status == 0
    kept = [{row[:5] for row in lake_content(of)["ladders"]} for of in (lake, whole / "one")]
    assert kept[0] == kept[1]


def test_what_is_set_aside_twice_in_a_second_is_kept_twice(run: Run, folder: Path) -> None:
    """As when the clock is set back: the first database, and the first stray, stay as they are."""
    container = build_container(Settings(lake=folder))
    container.clock.override(providers.Object(FixedClock(EARLIER)))
    original = (folder / "gex.duckdb").read_bytes()
    for _ in range(2):
        container.rebuild_lake(container.index(folder=folder), container.journal(folder)).run()
    asides = sorted(folder.glob("gex.duckdb.before-rebuild-*"))
    assert len(asides) == 2
    assert asides[0].read_bytes() == original

    stray = folder / "strikes" / "notes.txt"
    for words in (b"first", b"second"):
        stray.write_bytes(words)
        with closing(container.lake(folder=folder, read_only=False)) as opened:
            container.repair_lake(opened).run()
    kept = {path.read_bytes() for path in (folder / "quarantine").rglob("*") if path.is_file()}
    assert kept == {b"first", b"second"}
    assert run("verify").status == 0


def test_free_name_is_one_at_which_there_is_nothing(tmp_path: Path) -> None:
    """Not even a link to nowhere."""
    (tmp_path / "a").touch()
    (tmp_path / "a-2").symlink_to("nowhere")
    assert free_name(tmp_path / "a") == tmp_path / "a-3"
    assert free_name(tmp_path / "b") == tmp_path / "b"
