"""What the form of a file costs: the same day as lines, gzip, indented and so on, and without what is compiled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import orjson
from data import warm
from figures import figure, ratio
from race import measured_import
from sizes import Setup

_HIDING = Path(__file__).with_name("hiding")
_COMPILED, _SIMDJSON = "gexlake.adapters.legacy.decoding._usual", "simdjson"
_ASK = "from gexlake.adapters.legacy.decoding.decoders import make_decoder; print(type(make_decoder()).__name__)"


def _spaced(record: Any) -> bytes:
    """Write a record as Python's own json does, with blanks."""
    return json.dumps(record).encode()


def _irregular(record: Any) -> bytes:
    """Add a field with an escape, which could hide a bracket from the proof of a block."""
    return orjson.dumps(record | {"note": 'a "quoted" word'})


def _judged(record: Any) -> bytes:
    """Leave the priors out, as in archives that keep none."""
    return orjson.dumps(record | {"strikes": [row[:3] for row in record["strikes"]]})


def _coarser(record: Any) -> bytes:
    """Round the sums, in which the vendor's stream differs from its export."""
    return orjson.dumps(record | {name: round(record[name], 3) for name in ("sum_gex_vol", "sum_gex_oi")})


def _another_spot(record: Any) -> bytes:
    return orjson.dumps(record | {"spot": record["spot"] + 1})


_FORMS: dict[str, Callable[[Any], bytes]] = {"spaced": _spaced, "irregular": _irregular, "judged": _judged}
#: How records are written anew: in other forms, and as repeats.
REWRITTEN = _FORMS | {"coarser": _coarser, "another spot": _another_spot}
PLAIN = "array"
#: The array once more, without some modules that take it apart.
_WITHOUT = {"not compiled": (_COMPILED,), "portable decoder": (_COMPILED, _SIMDJSON)}


def run(setup: Setup) -> dict[str, Any]:
    """Import the same day in all forms with one worker, one after the other, so many times."""
    sources = {form: source_of(form, setup) for form in (PLAIN, "jsonl", "gzip", "pretty", *_FORMS)}
    sources |= dict.fromkeys(_WITHOUT, sources[PLAIN])
    sizes = {form: warm([source]) for form, source in sources.items()}
    environments: dict[str, dict[str, str]] = {form: {} for form in sources}
    for form, hidden in _WITHOUT.items():
        environments[form] = {"PYTHONPATH": str(_HIDING), "HIDDEN_MODULES": ",".join(hidden)}
    rounds: dict[str, list[dict[str, Any]]] = {form: [] for form in sources}
    for number in range(setup.size.runs):
        for form, source in sources.items():
            print(f"  round {number + 1}: {form}", file=sys.stderr, flush=True)
            rounds[form].append(_import(source, setup, environments[form]))
    decoders = {form: _decoder(environments[form]) for form in (PLAIN, *_WITHOUT)}
    plain = rounds[PLAIN]
    for form, found in rounds.items():
        assert found[0]["rows"] == plain[0]["rows"], f"{form} gave {found[0]['rows']}, the array {plain[0]['rows']}"
    return {
        form: {
            "bytes": sizes[form],
            "decoder": decoders.get(form, decoders[PLAIN]),
            **{key: figure(one[key] for one in found) for key in ("reading", "seconds", "process_mib")},
            "times_array": ratio([one["reading"] for one in plain], [one["reading"] for one in found]),
        }
        for form, found in rounds.items()
    }


def source_of(form: str, setup: Setup) -> Path:
    """Give the one file of the day in a form, rewritten from the plain one if synth does not know the form."""
    if form not in REWRITTEN:
        return replace(setup.size.form, form=form).files(setup.work)[0]
    plain = setup.size.form.files(setup.work)[0]
    target = setup.work / "history" / f"{setup.size.form.name}-{form}" / plain.name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = b",".join(map(REWRITTEN[form], orjson.loads(plain.read_bytes())))
        unfinished = target.with_suffix(".unfinished")
        unfinished.write_bytes(b"[" + text + b"]")
        unfinished.rename(target)
    return target


def _import(source: Path, setup: Setup, environment: dict[str, str]) -> dict[str, Any]:
    """Measure an import, and look up how long the worker read: without the start, which all forms share."""
    lake = setup.scratch("forms")
    shutil.rmtree(lake, ignore_errors=True)
    taken = measured_import(source, lake, "--workers", "1", **environment)
    with duckdb.connect(str(lake / "gex.duckdb"), read_only=True) as database:
        ((reading,),) = database.execute("SELECT duration_seconds FROM lineage").fetchall()
    return taken | {"reading": reading}


def _decoder(environment: dict[str, str]) -> str:
    """Ask which decoder is at work in such an environment."""
    ask = subprocess.run(
        [sys.executable, "-c", _ASK], capture_output=True, check=True, text=True, env=os.environ | environment
    )
    return ask.stdout.strip()
