"""Fuzz the legacy reader: whatever bytes come, all ways of reading them agree with the model. Run by `make fuzz`.

atheris invents inputs by what they make the reader's own code do. What it learnt stays in `.fuzz/`, so that the next
run goes on from there; a finding is stored in `tests/fuzz/found/`, which `make test` replays.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
FOUND = HERE / "found"
CORPUS = TESTS.parent / ".fuzz"
#: Kilobytes and seconds that one input may take; the reader needs a tenth of them.
MEMORY_MB, SECONDS = 1024, 60
LONGEST = 4096

_TOKENS = re.compile(rb'"[^"\\]*"|[-+.\w]+|\s+|.', re.DOTALL)
_NEW = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\0", b"\xff", b"]}", b"][", b"}{", b"{}", b"[]"),
    *(b'{"timestamp":', b'{"records":[', b'"data":{', b'"strikes":[[', b"[,,,[,,,,]]", b"null", b"1e999", b"-0", b"1"),
)


def main() -> int:
    """Fuzz for some time in another process, which may die, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="how long to go on")
    parser.add_argument("--replay", type=Path, help="read one stored input in all ways, and end")
    parser.add_argument("--fuzz", action="store_true", help=argparse.SUPPRESS)
    arguments, rest = parser.parse_known_args()
    if arguments.fuzz:
        return fuzz([sys.argv[0], *rest])
    if arguments.replay:
        return replay(arguments.replay)
    write_seeds()
    with tempfile.TemporaryDirectory() as crashes:
        command = [sys.executable, __file__, "--fuzz", f"-max_total_time={arguments.seconds}", f"-max_len={LONGEST}"]
        command += [f"-rss_limit_mb={MEMORY_MB}", f"-timeout={SECONDS}", "-print_final_stats=1", "-verbosity=1"]
        command += [f"-artifact_prefix={crashes}/", str(CORPUS)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        findings = [store(path) for path in sorted(Path(crashes).iterdir())]
    numbers = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    inputs, peak = numbers.get("number_of_executed_units", "?"), numbers.get("peak_rss_mb", "?")
    print(f"{inputs} inputs read in all ways, {len(findings)} findings, {peak} MB of memory at the most")
    for path in findings:
        print(f"found {path.relative_to(TESTS.parent)}; see it with: make fuzz ARGS='--replay {path}'")
    if findings or done.returncode:
        print(done.stderr[-4000:], file=sys.stderr)
    return 1 if findings else done.returncode


def fuzz(arguments: list[str]) -> int:
    """Let atheris invent inputs until the time is up or one is a finding."""
    try:
        import atheris
    except ImportError:
        print("atheris is missing: it has wheels for Linux only; there, 'make fuzz' installs it", file=sys.stderr)
        return 2
    sys.path.insert(0, str(TESTS))
    with atheris.instrument_imports(include=["gexlake.adapters.legacy", "gexlake.domain"]):
        from support.agreement import assert_agreement

    with tempfile.TemporaryDirectory() as folder:
        atheris.Setup(
            arguments,
            lambda data: assert_agreement(Path(folder), data) and None,
            custom_mutator=lambda data, longest, seed: mutated(atheris, data, longest, seed),
        )
        atheris.Fuzz()
    return 0


def mutated(atheris: object, data: bytes, longest: int, seed: int) -> bytes:
    """Change some bytes, or some words of JSON."""
    chance = random.Random(seed)  # noqa: S311  # chance, not secrets
    if chance.random() < 0.4:
        return bytes(atheris.Mutate(data, longest))
    tokens = _TOKENS.findall(data)
    for _ in range(chance.randint(1, 3)):
        at, other = (chance.randint(0, len(tokens)) for _ in range(2))
        size = chance.choice([1, 1, 2, 5, 20, 100])
        stretch = tokens[other : other + size]
        tokens[at : at + chance.choice([0, size])] = chance.choice([[], [chance.choice(_NEW)], stretch, stretch * 2])
    return b"".join(tokens)[:longest]


def write_seeds() -> None:
    """Begin with every layout of good records, and with the files of the fixtures, their ladders cut short."""
    sys.path.insert(0, str(TESTS))
    from gexlake.domain.errors import GexlakeError
    from support.cutting import cut_exactly
    from support.records import LAYOUTS, enveloped, paid, records, rows, words, zipped

    made = records(4, strikes=rows(2))
    seeds = [layout([words(record) for record in made]) for layout in LAYOUTS.values()]
    seeds += [LAYOUTS["lines"]([words(wrap(record)) for record in made]) for wrap in (enveloped, paid)]
    for path in sorted((TESTS / "fixtures").rglob("*_NQ_NDX_*.json*")):
        try:
            raws = [_shorter(raw) for raw in cut_exactly(path, 1 << 20).raws]
        except GexlakeError:
            continue
        layout = LAYOUTS["lines" if ".jsonl" in path.name else "array"]
        seeds += [layout(raws[at : at + 3]) for at in range(0, len(raws), 3)]
    CORPUS.mkdir(exist_ok=True)
    for number, seed in enumerate(dict.fromkeys([*seeds, *map(zipped, seeds[:6])])):
        if len(seed) <= LONGEST:
            (CORPUS / f"seed-{number:03d}").write_bytes(seed)


def _shorter(raw: bytes) -> bytes:
    return re.sub(rb"(\]\],\s*){1}\[.*\]\]\]", rb"]]]", raw, count=1, flags=re.DOTALL)


def store(path: Path) -> Path:
    """Keep a finding where the tests replay it."""
    FOUND.mkdir(exist_ok=True)
    kept = FOUND / f"{path.name.split('-')[0]}-{path.name.split('-')[-1][:12]}.bin"
    kept.write_bytes(path.read_bytes())
    return kept


def replay(path: Path) -> int:
    """Read a stored input in all ways."""
    sys.path.insert(0, str(TESTS))
    from support.agreement import assert_agreement

    with tempfile.TemporaryDirectory() as folder:
        print(assert_agreement(Path(folder), path.read_bytes()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
