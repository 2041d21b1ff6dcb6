"""The commands that tell where the snapshots came from, over a lake that lies on disk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Gexlake = Callable[..., tuple[int, str, str]]

COUNT = 120
RAW = b'{"timestamp":1759757402,"ticker":"NQ_NDX",\n "spot":-1}'


def test_runs_and_lineage_say_what_came_from_where(gexlake: Gexlake) -> None:
    """Newest first, filtered, in the shape of the contract."""
    assert {run["import_id"] for run in json.loads(gexlake("runs", "--json")[1])} == {"run-1", "run-2"}
    (file,) = json.loads(gexlake("lineage", "--run", "run-2", "--json")[1])
    assert file["source_file"] == "history/2025-10-06_gex_full.json"
    assert file["file_id"] == 2
    assert (file["records_imported"], file["record_type"], file["status"]) == (COUNT, "gex", "partial")
    assert file["errors"] == ["breaks off after record 120"]
    assert "breaks off" in gexlake("lineage", "--path", "gex_zero")[1]
    assert json.loads(gexlake("lineage", "--status", "failed", "--json")[1]) == []
    assert "run-1" in gexlake("runs")[1]


@pytest.mark.parametrize("command", ["runs", "lineage"])
def test_a_list_that_is_cut_says_so(gexlake: Gexlake, command: str) -> None:
    """On stderr, and as JSON too; one that a limit just holds is whole."""
    for form in ((), ("--json",)):
        whole = gexlake(command, *form)
        assert whole == gexlake(command, *form, "--limit", "2")
        status, out, err = gexlake(command, *form, "--limit", "1")
        assert (status, whole[2], err) == (0, "", "The newest 1; --limit shows more.\n")
        assert len(out) < len(whole[1])
    assert len(json.loads(gexlake(command, "--limit", "1", "--json")[1])) == 1


def test_rejects_are_counted_listed_and_shown_word_for_word(gexlake: Gexlake, tmp_path: Path) -> None:
    """On stdout stands the record and nothing else."""
    listed = json.loads(gexlake("rejects", "list", "--run", "run-1", "--json")[1])
    assert [(reject["reason"], reject["record"]) for reject in listed] == [("not-positive", 7)]
    status, out, err = gexlake("rejects", "show", str(listed[0]["reject_id"]))
    assert (status, out) == (0, RAW.decode() + "\n")
    assert "record 7, byte 350: not-positive" in err
    assert "not-positive" in gexlake("rejects", "list")[1]
    assert gexlake("rejects", "list", "--reason", "conflict")[1] == "No rejects.\n"
    path = tmp_path / "rejects.jsonl"
    assert gexlake("rejects", "export", str(path))[0] == 0
    assert path.read_bytes() == (RAW.replace(b"\n", b" ") + b"\n") * 2
    (meta,) = map(json.loads, gexlake("rejects", "export", "-", "--meta", "--limit", "1")[1].splitlines())
    assert meta["raw"] == RAW.decode()
    assert gexlake("rejects", "show", "999")[0] == 2


def test_an_export_says_how_its_records_come_back(gexlake: Gexlake, tmp_path: Path) -> None:
    """With the same options, so that lines and rejects fit."""
    path = tmp_path / "rejects.jsonl"
    err = gexlake("rejects", "export", str(path), "--run", "run-1")[2]
    assert "line breaks" not in err
    assert f"gexlake rejects replay --from {path} --run run-1" in err
    for more in (("--all",), ("--limit", "1"), ("--meta",)):
        assert gexlake("rejects", "export", str(path), *more)[2] in ("1 record written.\n", "2 records written.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rejects", "list", "--reason", "confict"), "'conflict'"),
        (("rejects", "replay", "--reason", "confict"), "'conflict'"),
        (("rejects", "list", "--run", "nope"), "gexlake runs"),
        (("rejects", "replay", "--run", "nope"), "gexlake runs"),
        (("rejects", "export", "-", "--run", "nope"), "gexlake runs"),
        (("lineage", "--run", "nope"), "gexlake runs"),
        (("lineage", "--start", "2025-10-07", "--end", "2025-10-06"), "--end lies before --start. Swap them."),
        (("coverage", "--start", "2025-10-07", "--end", "2025-10-06"), "--end lies before --start. Swap them."),
        (("coverage", "--start", "6.10.2025"), "'6.10.2025' is no date; write 2025-10-06."),
        (("synth", "history", "--end", "2025-10-06T14:30"), "'2025-10-06T14:30' is no date; write 2025-10-06."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_question_that_can_have_no_answer_is_a_wrong_call(
    gexlake: Gexlake, arguments: tuple[str, ...], said: str
) -> None:
    """Instead of an empty one, which would pass for good news."""
    status, out, err = gexlake(*arguments)
    assert (status, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("arguments", [("999",), ("9" * 20,), ("1", "--reason", "conflict")], ids=" ".join)
def test_a_replay_of_what_is_not_there_is_a_wrong_call(gexlake: Gexlake, arguments: tuple[str, ...]) -> None:
    """It does not fall back on all rejects."""
    status, out, err = gexlake("rejects", "replay", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("Usage: gexlake rejects replay")


def test_a_replay_without_rejects_does_nothing(gexlake: Gexlake) -> None:
    """No run is written down for it."""
    before = gexlake("runs", "--json")[1]
    assert gexlake("rejects", "replay", "--reason", "conflict") == (0, "", "No rejects to replay.\n")
    assert gexlake("runs", "--json")[1] == before


@pytest.mark.parametrize(("encoding", "newline"), [("utf-8", "\n"), ("utf-8-sig", "\r\n")])
def test_a_mended_reject_comes_in(
    gexlake: Gexlake, make_lake: Callable[[Path], Path], tmp_path: Path, encoding: str, newline: str
) -> None:
    """However its editor writes files; and it is no longer listed."""
    lake = ("--lake", str(make_lake(tmp_path / "lake")))
    mended = tmp_path / "mended.jsonl"
    mended.write_text(
        '{"timestamp":1759757000,"ticker":"NQ_NDX","spot":25180.5,"zero_gamma":0,"strikes":[[25000,1,2]]}\n',
        encoding=encoding,
        newline=newline,
    )
    status, out, _ = gexlake("rejects", "replay", "--run", "run-1", "--from", str(mended), "--json", *lake)
    assert (status, json.loads(out)["snapshots"]["accepted"]) == (0, 1)
    listed = json.loads(gexlake("rejects", "list", "--json", *lake)[1])
    assert [reject["import_id"] for reject in listed] == ["run-2"]
    both = json.loads(gexlake("rejects", "list", "--all", "--json", *lake)[1])
    assert [bool(reject["replayed_in"]) for reject in both] == [True, False]


@pytest.mark.parametrize("ids", [("2", "1"), ("1", "2")], ids=" ".join)
def test_mended_lines_belong_to_the_ids_in_the_order_given(
    gexlake: Gexlake, make_lake: Callable[[Path], Path], tmp_path: Path, ids: tuple[str, str]
) -> None:
    """Whatever order the lake keeps them in: the first one is mended, the other one waits on."""
    lake, mended = ("--lake", str(make_lake(tmp_path / "lake"))), tmp_path / "mended.jsonl"
    good = b'{"timestamp":1759757000,"ticker":"NQ_NDX","spot":25180.5,"zero_gamma":0,"strikes":[[25000,1,2]]}\n'
    mended.write_bytes(good + RAW.replace(b"\n", b"") + b"\n")
    done = json.loads(gexlake("rejects", "replay", *ids, "--from", str(mended), "--json", *lake)[1])
    assert [error.partition(":")[0] for error in done["errors"]] == [f"reject {ids[1]}"]
    listed = json.loads(gexlake("rejects", "list", "--json", *lake)[1])
    assert [reject["reject_id"] for reject in listed] == [int(ids[1])]
