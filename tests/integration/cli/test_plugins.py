"""``gexlake plugins``, and adapters that are chosen by settings."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gexlake.entrypoints.cli.session import Session

PAGE = (Path(__file__).parents[3] / "docs" / "plugins.md").read_text(encoding="utf-8")
Gexlake = Callable[..., tuple[int, str, str]]


def adapters(out: str) -> dict[tuple[str, str], bool | None]:
    """Give which adapter of which port is chosen, from the JSON report."""
    return {(row["port"], row["name"]): row["chosen"] for row in json.loads(out)["adapters"]}


def test_every_port_is_listed_with_the_adapter_in_use(gexlake: Gexlake, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the settings have it; what no setting chooses is neither in use nor not."""
    monkeypatch.setenv("GEXLAKE_CACHE", "none")
    status, out, _ = gexlake("plugins", "--json")
    assert status == 0
    found = adapters(out)
    assert found["lineage store", "duckdb"] is True
    assert found["lineage store", "memory"] is False
    assert (found["cache", "none"], found["cache", "memory"]) == (True, False)
    assert found["source reader", "legacy"] is None
    assert found["command", "import"] is None


def test_the_table_names_adapters_distributions_and_settings(gexlake: Gexlake) -> None:
    """For people; the commands that come with gexlake are in its help."""
    status, out, _ = gexlake("plugins")
    assert status == 0
    assert "GEXLAKE_STRIKE_SINK" in out
    assert "parquet" in out
    assert "import" not in out


def test_a_lake_is_opened_with_no_other_sink_than_its_own(
    gexlake: Gexlake, make_lake: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to read nor to write: ladders would be looked for, or put, elsewhere."""
    folder = make_lake(tmp_path / "lake")
    monkeypatch.setenv("GEXLAKE_STRIKE_SINK", "memory")
    for command in (("query",), ("import", str(tmp_path))):
        status, _, err = gexlake(*command, "--lake", str(folder))
        assert status == 3
        assert "Set GEXLAKE_STRIKE_SINK=parquet" in err


def test_another_snapshot_store_gives_the_same_answers(
    gexlake: Gexlake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It follows the lake: what it has missed it is given when the lake is opened."""
    asked = ("query", "NQ_NDX", "--limit", "5", "--start", "2025-01-01", "--json", "--lake", str(folder))
    _, expected, _ = gexlake(*asked)
    monkeypatch.setenv("GEXLAKE_SNAPSHOT_STORE", "memory")
    assert gexlake(*asked) == (0, expected, "")


def test_a_setting_that_names_nobody_lists_who_there_is(gexlake: Gexlake, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable to set."""
    monkeypatch.setenv("GEXLAKE_STRIKE_SINK", "tape")
    status, _, err = gexlake("query")
    assert status == 2
    assert "No strike sink is called 'tape'. Set GEXLAKE_STRIKE_SINK to one of: memory, parquet" in err


def test_the_command_that_the_page_shows_counts_days(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Word for word: of each of two feeds one."""
    (block,) = [block for block in re.findall(r"(?ms)^```python\n(.*?)^```", PAGE) if "gexlake_commands" in block]
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102  ours
    command = names["gexlake_commands"]()["days"].load()
    command.main([], standalone_mode=False, obj=Session(lake=folder))
    assert capsys.readouterr().out == "2\n"
