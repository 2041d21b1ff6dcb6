"""Compiled code takes records apart that look like those before them, with the same doubles, and no others."""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gexlake.adapters.legacy import COMPILED
from gexlake.adapters.legacy.decoding.decoder import Decoded, Decoder
from gexlake.adapters.legacy.decoding.decoders import make_decoder
from support.decoders import IS_COMPILED, PlainDecoder
from support.reading import assert_same, read_bytes
from support.records import LAYOUTS, array, record, row, without, words

if IS_COMPILED:
    from gexlake.adapters.legacy.decoding import _usual
    from gexlake.adapters.legacy.decoding.usual import UsualDecoder

LADDER = [row(1, 2.5, -3), row(2, 0.25, 7)]
GOOD = record(1, strikes=LADDER)
BARE = [[n, 2.5, -3] for n in (1, 2)]
EMPTY = [[n, 2.5, -3, []] for n in (1, 2)]
needs_compiler = pytest.mark.skipif(not IS_COMPILED, reason="gexlake was installed where nothing could compile it")


class Noting(Decoder):
    """The decoder for what is unusual, which notes what it is asked."""

    def __init__(self) -> None:
        self._decoder, self.asked = PlainDecoder(), []
        self.piece = self._decoder.piece

    def decode(self, records: bytes) -> Decoded | None:
        """Take records apart."""
        self.asked.append(records)
        return self._decoder.decode(records)


def usual(text: bytes, first: bytes) -> bool:
    """Say whether compiled code took records apart after others, and check that the other decoder does the same."""
    noting = Noting()
    decoder = UsualDecoder(noting)
    decoder.decode(first)
    found, expected = decoder.decode(text), PlainDecoder().decode(text)
    assert told(found) == told(expected)
    return noting.asked == [first]


def told(decoded: Decoded | None) -> Any:
    """Give all that was taken apart, bit by bit."""
    if decoded is None:
        return None
    alike = decoded.alike is not None
    records = [
        (p.layout, [_bits(value) for value in p.row], bytes(p.ladder), bytes(p.pairs), p.extra, p.envelope, p.bare)
        for p in decoded.records
        if p is not None
    ]
    return alike, decoded.regular, len(decoded), decoded.skipped, records


def _bits(value: Any) -> Any:
    return value if isinstance(value, str) else float(value).hex()


def joined(*made: dict[str, Any]) -> bytes:
    """Write records with commas between them."""
    return b",".join(map(words, made))


def test_compiled_code_is_there_where_it_can_be() -> None:
    """Where there is a compiler with Python's headers, gexlake is installed with compiled code, and uses it."""
    headers = Path(sysconfig.get_paths()["include"], "Python.h")
    assert IS_COMPILED or shutil.which("cc") is None or not headers.exists()
    assert (type(make_decoder()).__name__ == "UsualDecoder") is IS_COMPILED


@pytest.mark.parametrize(
    ("missing", "taken"),
    [((COMPILED,), PlainDecoder.__name__), ((COMPILED, "simdjson"), "PortableDecoder")],
    ids=["not compiled", "no simdjson either"],
)
def test_gexlake_does_without_compiled_code(missing: tuple[str, ...], taken: str) -> None:
    """As where there was no compiler, or no simdjson either: then another decoder does all."""
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({missing!r})); "
        "from gexlake.adapters.legacy.decoding.decoders import make_decoder; print(type(make_decoder()).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == taken


@needs_compiler
@pytest.mark.parametrize("strikes", [LADDER, BARE, EMPTY], ids=["priors", "no priors", "empty priors"])
@pytest.mark.parametrize("changes", [{}, {"max_priors": []}, {"timestamp": 1_759_757_402_123}, {"spot": -1e-7}])
def test_records_like_those_before_them(strikes: Sequence[Any], changes: dict[str, Any]) -> None:
    """Whatever their numbers are, and however many rows they have."""
    first = joined(record(1) | {"strikes": strikes})
    made = [record(n, **changes) | {"strikes": strikes[:n]} for n in (1, 2)]
    assert usual(joined(*made), first)
    spaced = b" ,\r\n".join(json.dumps(one, indent=1).replace("\n", "\r\n\t").encode() for one in made)
    assert usual(b" " + spaced + b"\n", first)


@needs_compiler
def test_records_without_optional_fields() -> None:
    """Fields that no record has are missed by none."""
    made = without(GOOD, "max_priors", "sum_gex_vol", "min_dte")
    assert usual(joined(made, made), joined(made))


UNUSUAL: dict[str, bytes] = {
    "another ticker": joined(GOOD | {"ticker": "SPX"}),
    "a ticker with an escape": joined(GOOD).replace(b"NQ_NDX", b"NQ\\u005fNDX"),
    "a field more": joined(GOOD | {"note": 1}),
    "a field less": joined(without(GOOD, "max_priors")),
    "another order": joined(dict(reversed(GOOD.items()))),
    "a field twice": joined(GOOD).replace(b'"spot":', b'"spot":1,"spot":'),
    "a moment as text": joined(GOOD | {"timestamp": "2025-10-06T13:30:02Z"}),
    "a moment with a fraction": joined(GOOD | {"timestamp": 1759757402.5}),
    "a text for a number": joined(GOOD | {"spot": "25190.5"}),
    "null for a number": joined(GOOD | {"sum_gex_vol": None}),
    "a fraction of a day": joined(GOOD | {"min_dte": 0.5}),
    "whole days with a fraction": joined(GOOD | {"min_dte": 1.0}),
    "no rows": joined(GOOD | {"strikes": []}),
    "a row without priors": joined(GOOD | {"strikes": [row(1), row(2, priors=None)]}),
    "a row with empty priors": joined(GOOD | {"strikes": [row(1), row(2, priors=[])]}),
    "four priors here, six there": joined(GOOD | {"strikes": [row(1, priors=[1] * 4), row(2, priors=[1] * 6)]}),
    "eight flat numbers": joined(GOOD | {"strikes": [[*row(1)[:3], 1, 2, 3, 4, 5]]}),
    "a pair of one": joined(GOOD | {"max_priors": [[1]]}),
    "a pair of three": joined(GOOD | {"max_priors": [[1, 2, 3]]}),
    "no list of pairs": joined(GOOD | {"max_priors": 1}),
    "one record of another kind": joined(GOOD, GOOD | {"note": 1}, GOOD),
    "a byte order mark": b"\xef\xbb\xbf" + joined(GOOD),
    "a comma at the end": joined(GOOD) + b",",
    "two commas": joined(GOOD) + b",," + joined(GOOD),
    "no comma": joined(GOOD) + joined(GOOD),
    "a comma in a row": joined(GOOD).replace(b"]]", b",]]", 1),
    "a comma before the end of a list": joined(GOOD).replace(b"]]]", b"]],]", 1),
    "a comma before the end of the pairs": joined(GOOD | {"max_priors": [[1, 2]]}).replace(b"[[1,2]]", b"[[1,2],]"),
    "another bracket": joined(GOOD).replace(b"]]]", b"]}]", 1),
    "a NUL at the end": joined(GOOD) + b"\0",
    "a NUL within a number": joined(GOOD).replace(b"25190.5", b"2519\x000.5"),
    "a vertical tab for a blank": joined(GOOD).replace(b":", b":\v", 1),
    "a key without quotation marks": joined(GOOD).replace(b'"spot"', b"spot"),
    "nothing": b"",
    "blanks": b" \n",
}


@needs_compiler
@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_records_are_left_to_the_other_decoder(name: str) -> None:
    """If only one byte is not what it has to be."""
    assert not usual(UNUSUAL[name], joined(GOOD))


@needs_compiler
def test_text_ends_anywhere() -> None:
    """Wherever records break off, they are not taken for whole ones."""
    text = joined(GOOD, GOOD)
    whole = {len(words(GOOD)), len(text)}
    assert [n for n in range(len(text) + 1) if usual(text[:n], joined(GOOD))] == sorted(whole)


@needs_compiler
@pytest.mark.parametrize(("between", "lines"), [(b",", False), (b" ,\n ", False), (b"\n", True), (b"\t\r\n ", True)])
def test_a_block_is_taken_apart_where_it_lies(between: bytes, *, lines: bool) -> None:
    """From any place in a text on, if it is usual from there to the end; without asking another decoder."""
    noting = Noting()
    decoder, text = UsualDecoder(noting), between.join(map(words, (GOOD, record(2), record(3))))
    assert decoder.decode_like_before(text, 0, lines=lines) is None
    decoder.decode(words(GOOD))
    expected = told(PlainDecoder().decode(joined(GOOD, record(2), record(3))))
    assert told(decoder.decode_like_before(b"," + text, 1, lines=lines)) == expected
    for end in (b"\n", b" \r\n"):
        assert told(decoder.decode_like_before(text + end, 0, lines=lines)) == expected
    for unusual, start in ((b"," + text, 0), (text + b",", 0), (text + b"\n\n,", 0), (text, len(text))):
        assert decoder.decode_like_before(unusual, start, lines=lines) is None
    assert decoder.decode_like_before(text, 0, lines=not lines) is None
    assert noting.asked == [words(GOOD)]


@needs_compiler
@pytest.mark.parametrize("end", [b"\n\n", b",\n", b"\n,", b"\n ", b"\n\0", b"\0", b"\v\n"])
def test_the_last_line_has_one_end_at_the_most(end: bytes) -> None:
    """What else follows the records is for others to see."""
    decoder = UsualDecoder(PlainDecoder())
    decoder.decode(words(GOOD))
    assert decoder.decode_like_before(words(GOOD) + end, 0, lines=True) is None


@needs_compiler
@pytest.mark.parametrize("layout", ["lines", "crlf lines", "lines without a last line end", "array"])
def test_blocks_are_not_cut_into_pieces(layout: str, tmp_path: Path) -> None:
    """But for the first one, from which is learnt what is usual, and the end of an array."""

    class Noted(UsualDecoder):
        def decode(self, records: bytes) -> Decoded | None:
            pieces.append(records)
            return super().decode(records)

    pieces: list[bytes] = []
    raws = [words(record(n)) for n in range(50)]
    reading = read_bytes(tmp_path, LAYOUTS[layout](raws), block=3000, piece=1000, decoder=lambda: Noted(PlainDecoder()))

    assert_same(reading, raws)
    looked_at = {raw for raw in raws for piece in pieces if raw in piece}
    assert raws[0] in looked_at
    assert not looked_at.intersection(raws[10:] if layout != "array" else raws[10:-10])


@needs_compiler
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n", b",\n"])
@pytest.mark.parametrize("text", [b"{1}\n\n{2}", b"{1},\n{2}", b"{1}\n,{2}", b"{1}{2}", b"\n{1}\n{2}", b"{\n1}\n{2}"])
def test_lines_hold_one_record_each(text: bytes, end: bytes) -> None:
    """And nothing else, no blank line either; the last one may have an end."""
    first, second = words(GOOD), words(record(2))
    decoder = UsualDecoder(PlainDecoder())
    decoder.decode(first)
    text = text.replace(b"1}", first[1:]).replace(b"{2}", second) + end
    assert decoder.decode_like_before(text, 0, lines=True) is None


@needs_compiler
def test_ladders_of_a_batch_lie_together_and_those_of_two_do_not() -> None:
    """So that the memory of a batch goes with it."""
    decoder, text = UsualDecoder(PlainDecoder()), joined(GOOD)
    decoder.decode(text)
    rooms = []
    for begins in (False, False, True):
        if begins:
            decoder.begin_batch()
        found = decoder.decode_like_before(text, 0, lines=False)
        assert found is not None
        assert found.alike is not None
        rooms.append(found.alike.ladders.base)
    assert rooms[0] is rooms[1] is not rooms[2]


@needs_compiler
def test_ladders_stay_within_their_room() -> None:
    """One row too many for it, and nothing is taken; what lies around it is left alone."""
    text, fields = b'{"strikes":[[1,2,3],[4,5,6]]}', ((b'"strikes"', 6),)
    columns = np.zeros((8, 5))
    assert _usual.take(text, 0, ord(","), fields, b'"NQ"', columns, 4) is None
    assert not columns[:, :4].any()
    columns[:] = 7
    assert _usual.take(text, 0, ord(","), fields, b'"NQ"', columns, 2) is not None
    assert columns[0].tolist() == [7, 7, 1, 4, 7]
    assert np.isnan(columns[3:, 2:4]).all()
    assert (columns[3:, [0, 1, 4]] == 7).all()


@needs_compiler
@pytest.mark.parametrize(("start", "used"), [(-1, 0), (30, 0), (0, -1), (0, 6)])
def test_places_outside_are_refused(start: int, used: int) -> None:
    """Whether in the text or in the columns."""
    text = b'{"strikes":[[1,2,3],[4,5,6]]}'
    with pytest.raises(ValueError, match=r"within the text|no more of them is used"):
        _usual.take(text, start, ord(","), ((b'"strikes"', 6),), b'"NQ"', np.zeros((8, 5)), used)


@needs_compiler
@pytest.mark.parametrize(
    "name",
    ['a "quoted" one', "back\\slash", "new\nline", "a\ttab"],
)
def test_names_that_have_to_be_escaped_are_not_usual(name: str) -> None:
    """What stands in the text is not what it means: two texts could mean the same, or one no text at all."""
    assert not usual(joined(GOOD | {"ticker": name}), joined(GOOD | {"ticker": name}))


NUMBERS = (
    "0 -0 0.0 -0.0 0e0 -0e5 0.10 1E5 1e-5 1e+5 -1.5e300 1e400 -1e400 1e-400 5e-324 2.2250738585072011e-308 0.1 0.3 "
    "9007199254740991 9007199254740992 9007199254740993 900719925474099.3 90071992547409.93 999999999999999999 "
    "9999999999999999999 18446744073709551615 18446744073709551616 9223372036854775807 -9223372036854775808 "
    "0.000000000000000001 0.0000000000000000001 1234567890.12345678 1234567890.123456789 25190.499999999996 "
    "179769313486231570000000000000000000000.5 0.30000000000000004 123456789012345678901234567890.5 "
    f"0.{'1' * 40} 0.{'1' * 60} {'9' * 30} {'9' * 62}.5 1.7976931348623157e308 1.7976931348623159e308 1e0000000000005"
).split()
#: The last one is a digit of Arabic.
NO_NUMBERS = [
    *("01", "-01", "00", "1.", ".5", "-.5", "+1", "-", "--", "1e", "1e+", "1.e5", "0x10", "NaN", "Infinity"),
    *("-Infinity", "1_000", "1,5", "1.2.3", "1e5.5", "1-2", "true", "\u0661"),
]


@needs_compiler
@pytest.mark.parametrize("number", NUMBERS + NO_NUMBERS)
def test_every_way_to_write_a_number(number: str, tmp_path: Path) -> None:
    """The double is the one that the other decoder reads, and Python too; what is no number stays none."""
    for before in (b"25190.5", b"-6.25", b"2.5", b"-2]]"):
        plain = words(record(2, strikes=[row(1, 2.5, -6.25)]))
        raw = plain.replace(before, number.encode() + before[2:] if before == b"-2]]" else number.encode(), 1)
        assert raw != plain
        usual(raw, joined(GOOD))
        assert_same(read_bytes(tmp_path, array([words(GOOD), raw]), piece=1), [words(GOOD), raw])


@needs_compiler
@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=8, max_size=8), st.data())
def test_every_double_comes_back(numbers: list[float], data: st.DataObject) -> None:
    """Written in full, rounded to some decimals, or with an exponent: bit by bit as Python reads it."""
    styles = st.sampled_from([repr, *(f"{{:.{n}f}}".format for n in (0, 1, 2, 6, 17)), "{:.16e}".format])
    texts = [data.draw(styles)(number) for number in numbers]
    raw = words(record(2, strikes=[["@"]])).replace(
        b'["@"]', f"[{','.join(texts[:3])},[{','.join(texts[3:])}]]".encode()
    )
    usual(raw, joined(GOOD))


@needs_compiler
@settings(max_examples=500)
@given(st.data())
def test_damage_is_seen(data: st.DataObject) -> None:
    """Bytes that are changed, left out or put in: what compiled code still takes, the other decoder takes alike."""
    text = bytearray(joined(GOOD, record(2)))
    for _ in range(data.draw(st.integers(1, 3))):
        at, size = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 2))
        text[at : at + size] = data.draw(st.lists(st.sampled_from(b'0123456789-+.eE,:[]{}" \n\0x'), max_size=2))
    usual(bytes(text), joined(GOOD))
