"""The portable decoder takes the same records apart as simdjson does, and leaves no others to the model."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.adapters.legacy.decoding.decoder import Decoded, Decoder
from gexlake.adapters.legacy.decoding.portable import PortableDecoder
from support.decoders import DECODERS, PLAIN
from support.reading import assert_same, read_bytes
from support.records import array, enveloped, lines, paid, record, row, words

BARE = [[n, 2.5, -3] for n in (1, 2)]
EMPTY = [[n, 2.5, -3, []] for n in (1, 2)]
#: Records, and whether they are of the usual kind and so taken apart together.
BLOCKS: dict[str, tuple[list[bytes], bool]] = {
    "usual records": ([words(record(n, strikes=[row(1), row(2)])) for n in (1, 2)], True),
    "no priors": ([words(record(n) | {"strikes": BARE * n}) for n in (1, 2)], True),
    "empty priors": ([words(record(n) | {"strikes": EMPTY * n}) for n in (1, 2)], True),
    "no largest changes": ([words(record(n, max_priors=[])) for n in (1, 2)], True),
    "blanks": (
        [words(record(n) | {"strikes": EMPTY}).replace(b",", b" ,\t").replace(b"[", b"[ ") for n in (1, 2)],
        True,
    ),
    "each kind of row": ([words(record(1) | {"strikes": [*BARE, row(3), *EMPTY]}), words(record(2))], False),
    "a field of its own with escapes": ([words(record(n, note='a "quoted\\" [word": ')) for n in (1, 2)], False),
    "a name with an escape": ([words(record(n)).replace(b'"spot"', b'"sp\\u006ft"') for n in (1, 2)], False),
    "fields within fields": ([words(record(n, note={"a": {"b": '":{'}, "c": ":"})) for n in (1, 2)], False),
    "envelopes with escapes": ([words(enveloped(record(n), note='"{\\')) for n in (1, 2)], False),
}


def _all_of(decoded: Decoded | None) -> list[tuple[object, ...]]:
    """Give all that was taken apart, texts aside: each decoder writes them in its own way."""
    assert decoded is not None
    return [
        (parsed.layout, parsed.row, bytes(parsed.ladder), bytes(parsed.pairs), parsed.name, parsed.bare)
        for parsed in decoded.records
        if parsed is not None
    ]


@pytest.mark.parametrize("name", BLOCKS)
def test_both_decoders_take_the_same_apart(name: str, tmp_path: Path):
    """No record is left to the model, and those of the usual kind are taken apart together."""
    raws, usual = BLOCKS[name]
    found = [decoder().decode(b",".join(raws)) for decoder in PLAIN]

    assert [decoded is not None and decoded.alike is not None for decoded in found] == [usual] * len(PLAIN)
    assert _all_of(found[0]) == _all_of(found[-1])
    assert len(_all_of(found[0])) == len(raws)
    assert_same(read_bytes(tmp_path, array(raws), decoder=PortableDecoder), raws)


@pytest.mark.parametrize("make", DECODERS)
def test_what_is_kept_stands_on_one_line(make: Callable[[], Decoder], tmp_path: Path):
    """However a file was printed; the space within texts stays."""
    note = {"a": ["b \n c", {}, [], 1.5, None], "d": {"e f": " : "}}
    made = enveloped(record(strikes=[row(1)], note=note), about=note)
    reading = read_bytes(tmp_path, json.dumps([made, made | {"recorded_ms": 1}], indent=2).encode(), decoder=make)

    assert [snapshot.extra["note"] for snapshot in reading.snapshots.values()] == [note, note]
    assert [snapshot.envelope["about"] for snapshot in reading.snapshots.values()] == [note, note]


@pytest.mark.parametrize("odd", ["-0", "-0.0", "-0e5", "1e400", "-1e400", "1e-400", "1E5", "9" * 30, "0." + "1" * 40])
def test_every_way_to_write_a_number(odd: str, tmp_path: Path):
    """In each place of a row and of a pair, with priors and without: the double is the one that Python reads."""
    made = [
        words(record(n, max_priors=[[1, 2], [3, 4]]) | {"strikes": strikes})
        for n, strikes in enumerate([BARE, EMPTY, [row(1, 2.5, -3), row(2)]])
    ]
    number = odd.encode()
    for plain in made:
        raws = [
            plain,
            plain.replace(b"-3", number),
            plain.replace(b"2.5", number),
            plain.replace(b"[3,4]", b"[3,%b]" % number),
        ]
        for group in (raws, raws[:1], raws[1:2], raws[3:]):
            assert_same(read_bytes(tmp_path, array(group), decoder=PortableDecoder), group)


@pytest.mark.parametrize("make", DECODERS)
def test_other_records_are_skipped_whatever_they_hold(make: Callable[[], Decoder], tmp_path: Path):
    """Between snapshots, and before the first one, where it is told what feed a file is of."""
    others = [paid(record(), kind="majors", payload=None), paid(record(), kind="maxchange", payload=[[25187.21, 1.5]])]
    raws = [words(made) for made in (*others, paid(record(1)), *others, paid(record(2)), *others)]
    reading = read_bytes(tmp_path, lines(raws), decoder=make)

    assert_same(reading, raws)
    assert (len(reading.snapshots), reading.rejects, reading.skipped) == (2, [], 6)
