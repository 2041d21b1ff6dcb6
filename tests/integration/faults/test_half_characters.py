r"""Records that break rules and hold half a character, ``"\ud800"``, which JSON allows and UTF-8 cannot carry."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.commands import Said
from support.records import lines, record, words

Run = Callable[..., Said]
HALF = b'"\\ud800"'


def broken(n: int, **changed: Any) -> bytes:
    """Write a record whose ticker is half a character."""
    return words(record(n, ticker="#", **changed)).replace(b'"#"', HALF)


def keeping(n: int, value: bytes) -> bytes:
    """Write a record that keeps a value in a field which is named after half a character."""
    return words(record(n)).replace(b"{", b"{" + HALF + b":" + value + b",", 1)


#: What each record that breaks a rule is told to be; the words are as they were written.
BROKEN = {
    broken(1): "ticker holds half a character (a lone surrogate)",
    broken(2, strikes=5): "ticker holds half a character (a lone surrogate)",
    keeping(3, b"1e999"): "\\ud800 holds a number beyond all doubles",
    keeping(4, b"[" * 105 + b"]" * 105): "\\ud800 is nested too deeply",
    broken(5, timestamp="x"): "timestamp is 'x', which is not ISO-8601 like 2025-10-06T14:30:00.5Z",
}


def test_rejects_with_half_characters(commands: Run, tmp_path: Path) -> None:
    """They are kept word for word, the good records around them go in, and mended ones are taken in."""
    history, lake, exported = tmp_path / "history", tmp_path / "lake", tmp_path / "rejects.jsonl"
    history.mkdir()
    path = history / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"
    path.write_bytes(lines([words(record()), *BROKEN, words(record(9))]))
    (history / "other.jsonl").write_bytes(b'{"\\ud800":1,"b":2}\n' * 2)

    run = json.loads(commands("import", history, "--lake", lake, "--json").out)
    said = commands("import", history, "--lake", lake, "--clear-existing", "--yes")

    assert (run["files"]["unsupported"], run["snapshots"]["accepted"], run["snapshots"]["rejected"]) == (1, 2, 5)
    assert (said.status, "of records with the fields \\ud800, b" in said.out) == (1, True), said.words
    assert "the fields \\ud800, b" in commands("scan", history).out
    assert commands("verify", "--lake", lake, "--deep", history).status == 0
    told = json.loads(commands("rejects", "list", "--lake", lake, "--json").out)
    assert [reject["detail"] for reject in told] == list(BROKEN.values())
    assert [reject["ticker"] for reject in told] == ["\\ud800", "\\ud800", "NQ_NDX", "NQ_NDX", "\\ud800"]
    assert commands("rejects", "list", "--lake", lake).status == 0
    assert commands("rejects", "export", exported, "--lake", lake).status == 0
    assert exported.read_bytes().splitlines() == list(BROKEN)
    again = commands("rejects", "replay", "--lake", lake)
    assert (again.status, "\\ud800 is nested too deeply" in again.words) == (1, True), again.words
    mended = tmp_path / "mended.jsonl"
    mended.write_bytes(b"\n".join(raw.replace(b":" + HALF, b':"NQ_NDX"') for raw in BROKEN))
    taken = json.loads(commands("rejects", "replay", "--from", mended, "--json", "--lake", lake).out)
    assert taken["snapshots"]["accepted"] == 1
    (lake / "gex.duckdb").unlink()
    assert commands("rebuild", "--lake", lake).status == 0
