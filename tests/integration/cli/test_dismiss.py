"""``gexlake rejects dismiss``, on a lake in which snapshots took the place of others, and a record is broken."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.server import Server

Gexlake = Callable[..., tuple[int, str, str]]
COUNT = 12


class Corrected:
    """A lake of a day, and of the same day with other prices and a torn line, which replaced it."""

    def __init__(self, place: Path, gexlake: Gexlake) -> None:
        self._gexlake = gexlake
        self.history, self.lake = place / "history", place / "lake"
        (day,) = write_history(self.history / "first", days=1, snapshots=COUNT, strikes=5, form="jsonl")
        records = [json.loads(line) for line in day.read_bytes().splitlines()]
        lines = [json.dumps(record | {"spot": record["spot"] + 1}).encode() for record in records]
        (self.history / "second").mkdir()
        (self.history / "second" / day.name).write_bytes(b"\n".join([*lines[:3], b'{"torn', *lines[3:]]) + b"\n")
        for name, status in (("first", 0), ("second", 1)):
            assert self.call("import", str(self.history / name), "--on-conflict", "replace")[0] == status

    def call(self, *words: str) -> tuple[int, str, str]:
        """Run a command on the lake: exit status, stdout and stderr."""
        return self._gexlake(*words, "--lake", str(self.lake))

    def __call__(self, *words: str) -> str:
        """Run a command on the lake that is to succeed, and give what it says."""
        status, out, err = self.call(*words)
        assert status == 0, err
        return out

    def waiting(self) -> Counter[str]:
        """Count what waits by its reasons."""
        return Counter(reject["reason"] for reject in json.loads(self("rejects", "list", "--json")))


@pytest.fixture
def corrected(tmp_path: Path, gexlake: Gexlake) -> Corrected:
    """Make the lake."""
    return Corrected(tmp_path, gexlake)


def test_what_is_rightly_out_waits_no_more(corrected: Corrected) -> None:
    """No replay brings it back; it is kept word for word, and can wait again."""
    before = corrected("rejects", "export", "-", "--all")
    told = corrected("rejects", "dismiss", "--all", "--dry-run")
    assert told == f"Would dismiss {COUNT + 1} rejects: {COUNT} conflict, 1 not-json.\n"
    assert corrected.waiting() == {"not-json": 1, "conflict": COUNT}

    status, told, hint = corrected.call("rejects", "dismiss", "--reason", "conflict", "--path", "first")
    assert (status, told) == (0, f"Dismissed {COUNT} rejects: {COUNT} conflict. They wait no more.\n")
    (broken,) = json.loads(corrected("rejects", "list", "--json"))
    assert f"gexlake rejects dismiss {broken['reject_id']}" in corrected.call("rejects", "list")[2]
    done = json.loads(corrected("rejects", "dismiss", str(broken["reject_id"]), "--json"))
    run_id = done.pop("import_id")
    reasons = {"rejects": 1, "reasons": {"not-json": 1}, "reject_ids": [broken["reject_id"]]}
    assert done == {"dry_run": False, "undo": False} | reasons

    assert corrected("rejects", "list") == "No rejects wait; --all has those that are settled.\n"
    assert corrected.call("rejects", "replay", "--on-conflict", "replace") == (0, "", "No rejects to replay.\n")
    assert f"dismissed by the run {run_id}" in corrected("rejects", "list", "--all")
    _, words, where = corrected.call("rejects", "show", str(broken["reject_id"]))
    assert (words, f"Dismissed by the run {run_id}." in where) == ('{"torn\n', True)
    assert corrected("rejects", "export", "-", "--all") == before

    back = hint.partition(": gexlake ")[2].split(" --lake")[0].split()
    assert corrected(*back) == f"Reopened {COUNT} rejects: {COUNT} conflict. They wait again.\n"
    assert corrected.waiting() == {"conflict": COUNT}
    told = (line.strip() for line in corrected("runs").splitlines())
    assert [line for line in told if line.startswith(("reopened ", "dismissed "))] == [
        f"reopened {COUNT} rejects",
        "dismissed 1 reject",
        f"dismissed {COUNT} rejects",
    ]


def test_it_outlives_the_database(corrected: Corrected) -> None:
    """Made anew from the journal it knows them; files that are read again do not have them wait."""
    corrected("rejects", "dismiss", "--all")
    (corrected.lake / "gex.duckdb").unlink()
    assert f"0 rejects pending, 0 of them conflicts; 0 replayed, {COUNT + 1} dismissed" in corrected("rebuild")
    status, told, _ = corrected.call("import", str(corrected.history / "first"), "--force")
    assert (status, f"{COUNT} in conflict" in told) == (1, True)  # this reading found them in conflict all the same
    rejects = json.loads(corrected("verify", "--json"))["rejects"]
    assert rejects == {"pending": 0, "conflicts": 0, "replayed": 0, "dismissed": COUNT + 1}


def test_a_server_does_it_itself(corrected: Corrected, commands: Commands) -> None:
    """It tells the state of each reject from then on."""

    def asked(server: Server, **more: Any) -> list[dict[str, Any]]:
        status, found = server.ask("/rejects", None, "", **more)
        assert status == 200, found
        return list(found)

    with Server(corrected.lake, commands) as server:
        assert "Would dismiss 13" in corrected("rejects", "dismiss", "--all", "--dry-run")
        done = json.loads(corrected("rejects", "dismiss", "--reason", "conflict", "--json"))
        first = str(done["reject_ids"][0])
        assert (done["rejects"], corrected.waiting()) == (COUNT, {"not-json": 1})
        assert [one["reason"] for one in asked(server, pending="true")] == ["not-json"]
        assert {one["replayed_in"] for one in asked(server, reason="conflict")} == {done["import_id"]}
        status, _, told = corrected.call("rejects", "dismiss", first)
        assert (status, f"No reject {first} waits" in told) == (2, True)
        assert "Reopened 1 reject: 1 conflict." in corrected("rejects", "dismiss", "--undo", first)
    assert corrected.waiting() == {"not-json": 1, "conflict": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say which rejects"),
        (("--undo",), "Say which rejects"),
        (("--path", ""), "Say which rejects"),
        (("1", "--all"), "IDs name the rejects"),
        (("1", "--reason", "conflict"), "IDs name the rejects"),
        (("--all", "--run", "x"), "--all is every one"),
        (("--run", "nope"), "gexlake runs"),
        (("--undo", "--run", "nope"), "gexlake runs"),
        (("999",), "No reject 999 waits; 'gexlake rejects list"),
        (("--undo", "1"), "No reject 1 is dismissed; 'gexlake rejects list"),
        (("0",), "whole number"),
        ((str(2**63),), "whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_said_is_not_done(gexlake: Gexlake, words: tuple[str, ...], said: str) -> None:
    """It does not fall back on all rejects."""
    status, out, err = gexlake("rejects", "dismiss", *words)
    assert (status, out, said in err) == (2, "", True), err


def test_where_nothing_is_to_be_done_nothing_is_written(gexlake: Gexlake, tmp_path: Path) -> None:
    """No run, and no lake."""
    runs = gexlake("runs", "--json")
    assert gexlake("rejects", "dismiss", "--reason", "conflict") == (0, "", "No rejects to dismiss.\n")
    assert gexlake("rejects", "dismiss", "--undo", "--all") == (0, "", "No dismissed rejects.\n")
    assert gexlake("runs", "--json") == runs
    status, _, err = gexlake("rejects", "dismiss", "--all", "--lake", str(tmp_path / "none"))
    assert (status, "gexlake import" in err, (tmp_path / "none").exists()) == (3, True, False)
