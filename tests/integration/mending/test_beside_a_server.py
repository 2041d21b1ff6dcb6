"""What proves a lake works beside the server that has it, and raises no false alarm while it imports."""

import json
from collections.abc import Callable
from pathlib import Path

from gexlake.adapters.synthetic.generate import write_history
from support.commands import Commands
from support.server import Server

Gexlake = Callable[..., tuple[int, str, str]]


def test_verify_while_the_server_imports(commands: Commands, lake: Path, gexlake: Gexlake, tmp_path: Path) -> None:
    """Each time everything is accounted for: a commit is seen with all its parts, or not yet."""
    history = tmp_path / "history"
    write_history(history, days=2, snapshots=400)
    with Server(lake, commands) as server:
        running = commands.begin("import", str(history), "--lake", str(lake), "--progress", "none")
        while running.poll() is None:
            status, out, err = gexlake("verify")
            assert (status, err) == (0, ""), out
        running.communicate()
        assert running.returncode == 0

        status, out, _ = gexlake("verify", "--deep", str(history), "--json")
        assert (status, json.loads(out)["compared"]) == (0, {"files": 2, "records": 800})
        assert server.stop() == 0


def test_what_is_off_is_named_beside_the_server(commands: Commands, lake: Path, gexlake: Gexlake) -> None:
    """With the exit status, the sentences and the cures that there are without one; the doctor sees it, too."""
    with Server(lake, commands) as server:
        assert gexlake("doctor")[0] == 0
        min((lake / "strikes").rglob("*.parquet")).unlink()
        status, out, _ = gexlake("verify", "--no-checksums", "--json")
        told = json.loads(out)
        assert (status, told["parts"]["checksums"]) == (1, False)
        assert [one["kind"] for one in told["disagreements"]] == ["part-missing"]
        status, out, _ = gexlake("doctor")
        assert (status, server.url in out, "gexlake verify" in out) == (1, True, True)
        assert server.stop() == 0
    assert json.loads(gexlake("verify", "--no-checksums", "--json")[1]) == told


def test_a_source_without_history(commands: Commands, lake: Path, gexlake: Gexlake, tmp_path: Path) -> None:
    """Is a failure, beside a server and without one: a disk that is not mounted must not look like a sound one."""
    empty = tmp_path / "empty"
    empty.mkdir()
    alone = gexlake("verify", "--deep", str(empty))
    with Server(lake, commands):
        beside = gexlake("verify", "--deep", str(empty))
        (empty / "notes.txt").touch()
        status, _, err = gexlake("backup", str(empty))
        assert (status, f"{empty} is there already and not empty" in err) == (3, True)
    assert (alone[0], beside[0]) == (3, 3)
    assert [f"no file of history in {empty}" in err for _, _, err in (alone, beside)] == [True, True]
