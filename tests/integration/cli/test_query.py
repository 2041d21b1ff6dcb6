"""The commands query and ladder, over a lake that lies on disk."""

import json
import os
import pty
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.lakes import writing
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing.builders import make_snapshot
from support.commands import Commands
from support.serving import put

Gexlake = Callable[..., tuple[int, str, str]]

OPEN = datetime(2025, 10, 6, 13, 30, 2, tzinfo=UTC)
COUNT = 120


def test_query_shows_the_latest_snapshot(gexlake: Gexlake) -> None:
    """With the moment in UTC and in New York."""
    status, out, err = gexlake("query")
    assert (status, err) == (0, "")
    assert "2025-10-06 13:32:01Z (09:32:01 New York)" in out
    assert "25,306.21" in out
    assert '{"source_note":"kept"}' in out


def test_query_gives_json_of_the_contract_with_ladders(gexlake: Gexlake) -> None:
    """An array, also of one."""
    (found,) = json.loads(gexlake("query", "NQ_NDX", "--json")[1])
    assert found["timestamp"] == "2025-10-06T13:32:01Z"
    assert found["spot_price"] == 25_306.21
    assert found["extra"] == {"source_note": "kept"}
    assert len(found["strike_data"]) == 40
    assert found["strike_data"][1] == {
        "strike": 25_010.21,
        "gamma": 120.0,
        "oi_gamma": 0.5,
        "priors": [1.0, 2.0, 3.0, 4.0, 5.0],
    }


def test_query_at_a_moment_gives_the_last_one_before_it(gexlake: Gexlake) -> None:
    """Between two snapshots it is the earlier."""
    (found,) = json.loads(gexlake("query", "--at", "2025-10-06T13:30:05.7Z", "--json", "--no-ladder")[1])
    assert found["timestamp"] == "2025-10-06T13:30:05Z"
    assert "strike_data" not in found


@pytest.mark.parametrize("command", ["query", "ladder"])
def test_what_is_older_by_then_than_it_may_be_is_not_found(gexlake: Gexlake, command: str) -> None:
    """The last one is from 13:32:01; the sentence says so."""
    asked = (command, "--at", "2025-10-06T13:32:11Z", "--json", "--max-age")
    assert gexlake(*asked, "10s")[0] == 0
    status, out, err = gexlake(*asked, "9s")
    assert (status, out) == (3, "")
    assert "within 9 seconds before 2025-10-06T13:32:11Z; the last one is of 2025-10-06T13:32:01Z" in err


def test_the_first_snapshot_of_a_day_is_shown_as_it_is(gexlake: Gexlake) -> None:
    """Zero gamma 0 is what the vendor published; as of that moment too, where nothing else lies before it."""
    opened = str(int(OPEN.timestamp()))
    for question in (("--at", opened), ("--end", opened)):
        (found,) = json.loads(gexlake("query", *question, "--json")[1])
        assert (found["zero_gamma"], found["major_pos_vol"]) == (0, 0)


def test_a_range_includes_both_ends_and_stops_at_the_limit(gexlake: Gexlake) -> None:
    """Oldest first."""
    bounds = ("--start", "2025-10-06T13:30:10Z", "--end", "2025-10-06T13:30:20Z")
    moments = [row["timestamp"] for row in json.loads(gexlake("query", *bounds, "--json")[1])]
    assert (moments[0], moments[-1], len(moments)) == ("2025-10-06T13:30:10Z", "2025-10-06T13:30:20Z", 11)
    assert len(json.loads(gexlake("query", *bounds, "--json", "--limit", "3")[1])) == 3


def test_of_each_step_the_last_one_is_given(gexlake: Gexlake) -> None:
    """Under its own timestamp, with its ladder where ladders are; the first so many if there is a limit."""
    asked = ("query", "--start", "2025-10-06T13:30:30Z", "--every", "20s")
    steps = json.loads(gexlake(*asked, "--json")[1])
    assert [row["timestamp"][-9:] for row in steps] == [
        "13:30:39Z", "13:30:59Z", "13:31:19Z", "13:31:39Z", "13:31:59Z", "13:32:01Z",
    ]  # fmt: skip
    alone = json.loads(gexlake("query", "--at", "2025-10-06T13:31:19Z", "--json")[1])
    assert steps[2] == alone[0]
    status, out, err = gexlake(*asked, "--limit", "2", "--format", "csv")
    assert (status, len(out.splitlines()), err) == (0, 3, "")
    assert json.loads(gexlake("query", "--start", "2026-01-01", "--every", "1d", "--json")[1]) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--every", "20s", "--at", "2025-10-06"), "--at asks for one snapshot"),
        (("--max-age", "5s"), "--max-age wants --at"),
        (("--max-age", "soon", "--at", "2025-10-06"), "'soon' is no step of time"),
        (("--every", "soon", "--start", "2025-10-06"), "'soon' is no step of time; write 30s"),
    ],
)
def test_steps_and_ages_that_cannot_be_are_refused(gexlake: Gexlake, words: tuple[str, ...], said: str) -> None:
    """With the cure."""
    status, _, err = gexlake("query", *words)
    assert (status, said in err) == (2, True), err


def test_a_limit_alone_gives_the_newest(gexlake: Gexlake) -> None:
    """And so it does with an end."""
    newest = json.loads(gexlake("query", "--limit", "2", "--json")[1])
    assert [row["timestamp"][-9:] for row in newest] == ["13:32:00Z", "13:32:01Z"]
    before = json.loads(gexlake("query", "--limit", "2", "--end", "2025-10-06T13:31:00Z", "--json")[1])
    assert [row["timestamp"][-9:] for row in before] == ["13:30:59Z", "13:31:00Z"]
    steps = json.loads(gexlake("query", "--limit", "2", "--every", "20s", "--json")[1])
    assert [row["timestamp"][-9:] for row in steps] == ["13:31:59Z", "13:32:01Z"]
    assert steps[-1] == newest[-1]
    assert len(json.loads(gexlake("query", "--every", "20s", "--no-ladder", "--json")[1])) == 7


def test_a_day_as_start_and_end_is_the_whole_day(gexlake: Gexlake) -> None:
    """The end of a day is its last instant."""
    status, out, _ = gexlake("query", "--start", "2025-10-06", "--end", "2025-10-06", "--format", "csv")
    assert status == 0
    assert len(out.splitlines()) == COUNT + 1
    assert out.splitlines()[1].startswith('"2025-10-06T13:30:02Z","NQ_NDX","classic","gex_zero",25187.21,0,')


def test_parquet_goes_into_a_file_or_a_pipe(gexlake: Gexlake, tmp_path: Path) -> None:
    """Other programs read it, ladders and all."""
    path = tmp_path / "out.parquet"
    arguments = ("query", "--start", "2025-10-06", "--format", "parquet", "--ladder", "--output", str(path))
    assert gexlake(*arguments) == (0, "", "")
    found = duckdb.sql(
        "select count(*), sum(len(strike_data)), min(spot_price) from read_parquet($path)",
        params={"path": str(path)},
    ).fetchall()
    assert found == [(COUNT, 40 * COUNT, 25_187.21)]
    assert list(tmp_path.iterdir()) == [path]


def test_arrow_is_what_parquet_is(gexlake: Gexlake, tmp_path: Path) -> None:
    """Snapshots with their ladders in several batches, and the strikes of one; a range without any has the columns."""
    for question, rows in {
        ("query", "--start", "2025-10-06", "--ladder"): COUNT,
        ("query", "--start", "2025-10-07"): 0,
        ("ladder",): 40,
    }.items():
        for shape in ("arrow", "parquet"):
            asked = (*question, "--format", shape, "--output", str(tmp_path / shape))
            assert gexlake(*asked)[:2] == (0, "")
        with pa.ipc.open_stream(tmp_path / "arrow") as stream:
            found = stream.read_all()
        assert found.num_rows == rows
        assert found.to_pylist() == pq.read_table(tmp_path / "parquet").to_pylist()


@pytest.mark.parametrize("shape", ["arrow", "parquet"])
def test_what_is_no_text_is_kept_from_a_terminal(commands: Commands, folder: Path, shape: str) -> None:
    """With the cure."""
    keyboard, terminal = pty.openpty()
    status, _, err = commands.run_program("query", "--lake", folder, "--format", shape, out=terminal)
    os.close(terminal)
    os.close(keyboard)
    assert status == 2
    assert f"{shape.capitalize()} is not for terminals; add --output FILE." in err.decode()


def test_a_question_without_an_answer_leaves_the_file_alone(gexlake: Gexlake, tmp_path: Path) -> None:
    """What was written there before stays."""
    path = tmp_path / "out.json"
    path.write_text("before", encoding="utf-8")
    status, _, err = gexlake("query", "--at", "2011-01-01", "--json", "--output", str(path))
    assert status == 3
    assert "no snapshot" in err
    assert path.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("question", ["query --limit 2", "ladder"])
def test_a_dash_is_stdout(gexlake: Gexlake, question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for rejects export; no file of that name appears."""
    monkeypatch.chdir(tmp_path)
    asked = (*question.split(), "--format", "csv")
    assert gexlake(*asked, "--output", "-") == gexlake(*asked)
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_into_and_stays_one(gexlake: Gexlake, tmp_path: Path) -> None:
    """As a device does: /dev/null must not become a file, though root could make it one."""
    pipe, asked = tmp_path / "pipe", ("query", "--json")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert gexlake(*asked, "--output", str(pipe)) == (0, "", "")
    assert os.read(reader, 1 << 20).decode() == gexlake(*asked)[1]
    os.close(reader)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_link_leads_to_the_file_that_is_written(gexlake: Gexlake, tmp_path: Path) -> None:
    """Into its folder; one that leads to nothing makes the file."""
    link, path, asked = tmp_path / "latest.json", tmp_path / "data" / "out.json", ("query", "--json")
    path.parent.mkdir()
    link.symlink_to(path)
    for _ in ("made", "written anew"):
        assert gexlake(*asked, "--output", str(link)) == (0, "", "")
        assert (link.is_symlink(), path.is_symlink(), list(path.parent.iterdir())) == (True, False, [path])
        assert path.read_text(encoding="utf-8") == gexlake(*asked)[1]


@pytest.mark.parametrize(
    "name", ["gex.duckdb", "gex.duckdb.wal", "server.json", "strike_sink", "strikes/more.parquet", "journal/1"]
)
@pytest.mark.parametrize("question", ["query --json --output", "ladder --json --output", "rejects export"])
def test_nothing_is_written_over_or_among_the_files_of_a_lake(
    gexlake: Gexlake, folder: Path, tmp_path: Path, question: str, name: str
) -> None:
    """By whatever way it is named; beside them there is room for others."""
    (way := tmp_path / "way").symlink_to(folder)
    before = (folder / "gex.duckdb").read_bytes()
    status, _, err = gexlake(*question.split(), str(way / name))
    assert (status, f"The lake {folder} keeps its own files there. Name another place" in err) == (2, True)
    assert (folder / "gex.duckdb").read_bytes() == before
    assert gexlake(*question.split(), str(way / "mine.json"))[0] == 0
    (folder / "mine.json").unlink()


def test_a_range_of_a_feed_that_is_not_there_has_no_answer(gexlake: Gexlake, tmp_path: Path) -> None:
    """In a lake without any feed, either."""
    assert gexlake("query", "SPX", "--start", "2025-01-01", "--json")[0] == 3
    (tmp_path / "nothing").mkdir()
    gexlake("import", str(tmp_path / "nothing"), "--lake", str(tmp_path / "lake"))
    assert gexlake("query", "--start", "2025-01-01", "--json", "--lake", str(tmp_path / "lake"))[0] == 3


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(gexlake: Gexlake, tmp_path: Path) -> None:
    """Not by that of the file that is written first."""
    status, _, err = gexlake("query", "--json", "--output", str(tmp_path / "none" / "out.json"))
    cure = "Mend that, and run the same command again."
    assert (status, err) == (3, f"gexlake: {tmp_path / 'none' / 'out.json'}: No such file or directory. {cure}\n")


def test_an_empty_range_is_an_empty_array(gexlake: Gexlake) -> None:
    """With a word on stderr."""
    status, out, err = gexlake("query", "--start", "2025-10-07", "--json")
    assert (status, json.loads(out)) == (0, [])
    assert "No snapshots there" in err


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("query --start 2025-10-07", "'gexlake query --feeds{}' lists"),
        ("query AAPL", "'gexlake query --feeds{}' lists"),
        ("rejects show 9", "'gexlake rejects list{}' has them"),
        ("rejects replay 9", "'gexlake rejects list{}' has those"),
        ("lineage --run none", "'gexlake runs{}' lists"),
    ],
)
def test_a_command_that_is_named_is_for_the_lake_that_was(
    asked: str, named: str, gexlake: Gexlake, folder: Path
) -> None:
    """Or it would look into another one; it names the lake once."""
    assert named.format("") in gexlake(*asked.split())[2]
    assert named.format(f" --lake {folder}") in gexlake(*asked.split(), "--lake", str(folder))[2]


def test_the_feed_is_chosen_by_category_also_by_its_older_name(gexlake: Gexlake) -> None:
    """Unless one is named it is gex_zero; the case of the ticker does not matter."""
    (found,) = json.loads(gexlake("query", "nq_ndx", "--category", "full", "--json")[1])
    assert (found["ticker"], found["category"]) == ("NQ_NDX", "gex_full")


def test_where_there_are_several_tickers_one_is_to_be_named(
    gexlake: Gexlake, make_lake: Callable[[Path], Path], tmp_path: Path
) -> None:
    """An empty text names none: it is what a variable of the shell gives that is not set."""
    folder = make_lake(tmp_path / "lake")
    with writing(build_container(Settings(lake=folder))) as lake:
        put(lake, [make_snapshot(ticker="SPX")])
    for ticker in ([], [""]):
        for command in ("query", "ladder", "day"):
            status, _, err = gexlake(command, *ticker, "--lake", str(folder))
            assert (status, "Name a ticker; the lake holds NQ_NDX, SPX." in err) == (2, True), err
    assert gexlake("query", "") == gexlake("query")


def test_an_unknown_ticker_is_told_what_there_is(gexlake: Gexlake) -> None:
    """By feed."""
    status, out, err = gexlake("query", "AAPL")
    assert (status, out) == (3, "")
    assert "NQ_NDX/classic/gex_zero" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--at", "2025-10-06", "--start", "2025-10-06"),
        ("--start", "2025-10-07", "--end", "2025-10-06"),
        ("--ladder",),
        ("--ladder", "--format", "csv"),
        ("--output", "file.txt"),
        ("--feeds", "--format", "csv"),
        ("--feeds", "--at", "2025-10-06"),
        ("--feeds", "--start", "2025-10-06"),
        ("--feeds", "--end", "2025-10-06"),
        ("--feeds", "--limit", "1"),
        ("--feeds", "--no-ladder"),
    ],
    ids=" ".join,
)
def test_contradictions_are_wrong_calls(gexlake: Gexlake, arguments: tuple[str, ...]) -> None:
    """Rather than answers to another question."""
    status, out, err = gexlake("query", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("Usage: gexlake query")


def test_feeds_are_listed_by_day(gexlake: Gexlake) -> None:
    """With their counts; JSON has everything."""
    assert "240" in gexlake("query", "--feeds")[1].splitlines()[-1]
    full, _ = json.loads(gexlake("query", "--feeds", "--json")[1])
    assert full == {
        "ticker": "NQ_NDX",
        "package": "classic",
        "category": "gex_full",
        "date": "2025-10-06",
        "snapshots": COUNT,
        "strikes": 40 * COUNT,
        "flagged": 0,
        "first": "2025-10-06T13:30:02Z",
        "last": "2025-10-06T13:32:01Z",
    }


def test_feeds_can_be_chosen(gexlake: Gexlake) -> None:
    """By the names that any other question has."""
    (day,) = json.loads(gexlake("query", "--feeds", "nq_ndx", "--category", "full", "--json")[1])
    assert day["category"] == "gex_full"
    status, out, err = gexlake("query", "--feeds", "AAPL")
    assert (status, out, "AAPL" in err) == (3, "", True)


def test_a_ladder_is_a_table_a_picture_or_an_object(gexlake: Gexlake) -> None:
    """The table has all strikes; the object is the snapshot with its strikes."""
    table = gexlake("ladder", "--at", "2025-10-06T13:30:10Z")[1].splitlines()
    assert len(table) == 1 + 2 + 40
    picture = gexlake("ladder", "--at", "2025-10-06T13:30:10Z", "--rows", "8")[1]
    assert table[0] == "NQ_NDX/classic/gex_zero  2025-10-06 13:30:10Z  spot 25,195.21"
    assert picture.splitlines()[0] == f"{table[0]}  GEX by volume"
    other = gexlake("ladder", "--at", "2025-10-06T13:30:10Z", "--by", "interest")[1]
    assert other.splitlines()[0] == f"{table[0]}  GEX by open interest"
    assert "─ spot" in picture
    assert json.loads(gexlake("ladder", "--json")[1])["strike_data"][0]["strike"] == 25_000.21


def test_a_day_is_a_picture(gexlake: Gexlake) -> None:
    """The last one, or that of a date."""
    status, picture, err = gexlake("day", "--category", "full")
    assert (status, err) == (0, "")
    lines = picture.splitlines()
    assert lines[0] == "NQ_NDX/classic/gex_full  2025-10-06  120 snapshots"
    assert "New York" in lines[-2]
    assert lines[-1].split("  ")[-4:] == ["⠤⠒ spot", "∙∙ zero gamma", "══ positive wall", "── negative wall"]
    assert gexlake("day", "--date", "2025-10-06", "--category", "full")[1] == picture
    status, out, err = gexlake("day", "nq_ndx", "--date", "2025-10-07")
    assert (status, out) == (3, "")
    assert "no snapshot of NQ_NDX/classic/gex_zero on 2025-10-07. 'gexlake query --feeds' lists" in err


def test_a_day_is_drawn_by_open_interest_too(gexlake: Gexlake) -> None:
    """And says so."""
    picture = gexlake("day", "--category", "full", "--by", "interest")[1]
    assert picture.splitlines()[0] == "NQ_NDX/classic/gex_full  2025-10-06  120 snapshots  walls by open interest"


def test_a_day_is_a_file_that_browsers_show(gexlake: Gexlake, tmp_path: Path) -> None:
    """The same on stdout; under the name of another kind of picture it is refused."""
    path = tmp_path / "day.svg"
    assert gexlake("day", "--category", "full", "--output", str(path)) == (0, "", "")
    assert ET.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # of our own making
    assert gexlake("day", "--category", "full", "--format", "svg", "--output", "-")[1] == path.read_text("utf-8")
    for words, said in (
        (("--output", str(tmp_path / "day.png")), "Name it day.svg"),
        (("--format", "picture", "--output", str(path)), "--output wants --format svg"),
    ):
        status, out, err = gexlake("day", "--category", "full", *words)
        assert (status, out) == (2, "")
        assert said in err
    assert [file.name for file in tmp_path.iterdir()] == ["day.svg"]


@pytest.mark.parametrize("option", [("--rows", "8"), ("--by", "interest")])
def test_how_a_picture_is_drawn_is_said_of_pictures_alone(gexlake: Gexlake, option: tuple[str, str]) -> None:
    """Of other forms it would be passed over; without a form it asks for a picture."""
    assert gexlake("ladder", *option) == gexlake("ladder", *option, "--format", "picture")
    status, out, err = gexlake("ladder", *option, "--json")
    assert (status, out) == (2, "")
    assert "--by and --rows are for the picture; leave them or --format json out." in err
