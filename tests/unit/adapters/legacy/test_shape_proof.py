"""The fast path must not be fooled: ladders whose numbers and brackets add up, though their rows are irregular."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.legacy.decoding.decoder import Decoder
from support.decoders import DECODERS
from support.reading import assert_same, read_bytes
from support.records import array, enveloped, lines, record, row, without, words

FIVE = [1, 2, 3, 4, 5]
FLAT = [25187.21, 12.5, -6.25, *FIVE]
REGULAR = [[1, 2, 3, FIVE], [2, 3, 4, FIVE]]

LADDERS: dict[str, Any] = {
    "four priors here, six there": [[1, 2, 3, FIVE[:4]], [2, 3, 4, [*FIVE, 6]]],
    "six priors here, four there": [[1, 2, 3, [*FIVE, 6]], [2, 3, 4, FIVE[:4]]],
    "two numbers and six priors": [[1, 2, [*FIVE, 6]]],
    "four numbers and four priors": [[1, 2, 3, 4, FIVE[:4]]],
    "three numbers": [[1, 2, 3]],
    "eight rows of three numbers": [[n, 2, 3] for n in range(1, 9)],
    "flat rows of eight": [FLAT, [n + 1 for n in FLAT]],
    "a flat ladder": FLAT,
    "a flat ladder of sixteen": FLAT + FLAT,
    "numbers outside of rows": [1, 2, 3, 4, 5, 6, 7, 8, [1, 2, 3, FIVE]],
    "a row cut in two by a number": [[1, 2, 3, FIVE], 9, [2, 3, 4, FIVE]],
    "one bracket more around the ladder": [REGULAR],
    "one bracket more around a row": [[[1, 2, 3, FIVE]], [2, 3, 4, FIVE]],
    "one bracket more around the priors": [[1, 2, 3, [FIVE]]],
    "an empty row": [[], [1, 2, 3, FIVE]],
    "an empty row in exchange for a bracket": [[1, 2, 3, FIVE], [], FLAT],
    "priors before the numbers": [[FIVE, 1, 2, 3]],
    "priors in the middle": [[1, FIVE, 2, 3]],
    "eight numbers in eight brackets": [[1], [2], [3], [4], [5], [6], [7], [8]],
    "empty lists that make up for brackets": [[1, 2, 3, FIVE, []]],
    "a ladder of empty rows": [[], []],
    "an object among the rows": [[1, 2, 3, FIVE], {"strike": 1}],
    "an object for a ladder": {"0": [1, 2, 3, FIVE]},
    "text in a row": [[1, 2, "3", FIVE]],
    "null in the priors": [[1, 2, 3, [1, 2, None, 4, 5]]],
    "true in the priors": [[1, 2, 3, [1, 2, True, 4, 5]]],
    "three rows of eight numbers that are not eight of three": [[n, *FLAT[1:]] for n in range(1, 4)],
    "two rows of three for one of six": [[1, 2, 3, 4, 5, 6], []],
    "two numbers here, four there": [[1, 2], [2, 3, 4, 5]],
    "one number here, five there": [1, [2, 3, 4, 5, 6]],
    "two numbers and empty priors": [[1, 2, []], [2, 3, 4, 5]],
    "a full row and five pairs": [[1, 2, 3, FIVE], *([n, 2] for n in range(2, 7))],
    "five pairs and a full row": [*([n, 2] for n in range(2, 7)), [9, 2, 3, FIVE]],
    "three priors": [[1, 2, 3, [4, 5, 6]], [2, 3, 4]],
    "priors that hold empty priors": [[1, 2, 3, [[]]], [2, 3, 4]],
    "empty priors twice": [[1, 2, 3, [], []], [2, 3, 4]],
    "an object for priors": [[1, 2, 3, {}], [2, 3, 4, []]],
    "one prior": [[1, 2, 3, [4]]],
    "one prior and none": [[1, 2, 3, [4]], [2, 3, 4, []], [3, 4, 5]],
    "null for priors": [[1, 2, 3, None], [2, 3, 4]],
    "text for priors": [[1, 2, 3, ""], [2, 3, 4, []]],
    "a number for priors": [[1, 2, 3, 4], [2, 3, 4]],
    "empty priors": [[1, 2, 3, []], [2, 3, 4, []]],
    "absent and empty priors": [[1, 2, 3], [2, 3, 4, []]],
    "out of order without priors": [[2, 3, 4], [1, 2, 3, []], [3, 4, 5, FIVE]],
    "one strike twice without priors": [[1, 2, 3], [2, 3, 4], [1, 2, 3]],
    "a strike below 0 without priors": [[-1, 2, 3], [2, 3, 4]],
    "a good row and one without priors": [[1, 2, 3, FIVE], [2, 3, 4]],
    "a good row and one with empty priors": [[1, 2, 3, FIVE], [2, 3, 4, []]],
    "rows of two ladders of eight": [[1, 2, 3, [4, 5, 6, 7, 8]], [1.5, 2, 3, [4, 5, 6, 7]], [9, [1]]],
    "out of order": [[2, 3, 4, FIVE], [1, 2, 3, FIVE]],
    "one strike twice, not side by side": [[1, 2, 3, FIVE], [2, 3, 4, FIVE], [1, 2, 3, FIVE]],
    "one strike as integer and float": [[100, 2, 3, FIVE], [100.0, 3, 4, FIVE]],
}

RECORDS: dict[str, dict[str, Any]] = {
    "a bracket in the ticker": record(ticker="NQ[NDX"),
    "a row in the ticker": record(ticker="[,,,[,,,,]]", strikes=[FLAT]),
    "an extra field that holds a ladder": record(other=REGULAR, strikes=[[1, 2, 3, FIVE[:4]], [2, 3, 4, [*FIVE, 6]]]),
    "extras that hold rows and pairs": record(a=[1, 2, 3, FIVE], b=[[1, 2]], c="[,]", strikes=[FLAT]),
    "text that looks like a row": record(note="[,,,[,,,,]]", strikes=[FLAT]),
    "text that looks like rows of numbers": record(note="[1,2,3,[4,5,6,7,8]]", strikes=[FLAT]),
    "a key that looks like a row": record(**{"[1,2,3,[4,5,6,7,8]]": 1}, strikes=[FLAT]),
    "a key with brackets": record(**{"[[": 1, "]]": 2}),
    "a backslash": record(note="\\", strikes=[FLAT]),
    "an escaped quote": record(note='"[', strikes=[FLAT]),
    "max_priors flat": record(max_priors=[1, 2, 3, 4]),
    "max_priors of fours": record(max_priors=[[1, 2, 3, 4]]),
    "max_priors of one and three": record(max_priors=[[1], [2, 3, 4]]),
    "max_priors nested": record(max_priors=[[[1, 2]]]),
    "max_priors with an empty pair": record(max_priors=[[], [1, 2]]),
    "max_priors that lend a row": record(max_priors=[1, 2, 3, FIVE], strikes=[FLAT, [2, 3, 4, FIVE]]),
    "max_priors and strikes that took each other's rows": record(max_priors=REGULAR[:1], strikes=[[1, 2]] * 4),
    "max_priors of a number and a bare row": record(
        max_priors=[1, [1, 2, 3]], strikes=[[1, 2, 3], [2, 3], [3, 4, 5, 6]]
    ),
    "max_priors of bare rows": record(max_priors=[[1, 2, 3], [1, 2, 3]], strikes=[[1, 2, 3]]),
    "extras that hold bare rows": record(a=[1, 2, 3], b=[[1, 2, 3, []]], c="[,,]", strikes=[[1, 2, 3], [2, 3, 4, []]]),
    "extras that lend bare rows": record(a=[1, 2, 3], b="[,,]", strikes=[[1, 2], [2, 3, 4, 5]]),
    "max_priors empty": record(max_priors=[]),
    "max_priors of one number": record(max_priors=[5]),
    "max_priors null": record(max_priors=None),
    "max_priors of text": record(max_priors=[["1", 2]]),
    "an envelope that holds a ladder": enveloped(record(strikes=[FLAT]), other=[1, 2, 3, FIVE]),
    "an envelope with brackets in text": enveloped(record(strikes=[FLAT]), endpoint="classic_gex_zero[,,,[,,,,]]"),
}
#: Brackets, quotes and backslashes that only an escape can write, in texts that end in one.
ESCAPED: dict[str, bytes] = {
    "an escaped bracket that makes up for one": b'"note":"\\u005b","strikes":[[1,2,3,[1,2,3,4,5],[]]]',
    "an escaped row that is one short": b'"note":"\\u005b,,,[,,,,]]","strikes":[25187.21,12.5,-6.25,1,2,3,4,5]',
    "a text that ends in a backslash": b'"note":"\\\\","strikes":[25187.21,12.5,-6.25,1,2,3,4,5]',
    "a quote, then a row": b'"note":"\\"[,,,[,,,,]]","strikes":[25187.21,12.5,-6.25,1,2,3,4,5]',
    "a name with an escaped bracket": b'"\\u005b[":1,"strikes":[[1,2,3,[1,2,3,4,5]]]',
    "rows of text in a list": b'"note":[["\\\\","",[]]],"strikes":[[1,2,3,[1,2,3,4]],[2,3,4,[1,2,3,4,5,6]]]',
    "half a character": b'"note":"\\ud800","strikes":[[1,2,3,[1,2,3,4,5]]]',
}
#: Records of which one may have what another lacks.
GROUPS: dict[str, list[dict[str, Any]]] = {
    "eight bare rows and three full ones": [
        record(1) | {"strikes": [[n, 2, 3] for n in range(1, 9)]},
        record(2) | {"strikes": [[n, 2, 3, FIVE] for n in range(1, 4)]},
    ],
    "as many full rows as the other should have, and the other way round": [
        record(1) | {"strikes": [[1, 2, 3, FIVE], *([n, 2] for n in range(2, 7))]},
        record(2) | {"strikes": [[n, 2, 3] for n in range(1, 9)]},
        record(3) | {"strikes": [[n, 2, 3] for n in range(1, 7)], "max_priors": [[1, 2]] * 3},
    ],
    "a ticker that lends a bare row": [
        record(1, ticker="[,,]") | {"strikes": [[1, 2, 3]]},
        record(2) | {"strikes": [[1, 2, 3], [2, 3], [3, 4, 5, 6]]},
    ],
    "pairs for rows and rows for pairs": [
        record(1) | {"strikes": [[1, 2]] * 4},
        record(2) | {"strikes": [[1, 2, 3, FIVE]], "max_priors": [[1, 2, 3, FIVE]]},
    ],
    "each kind of ladder": [
        record(n, max_priors=[[1, 2]] * (n % 3))
        | {"strikes": [[s, 2, 3, *([[], FIVE][kind - 1 : kind] if kind else [])] for s in range(1, 9)]}
        for n, kind in enumerate([0, 0, 1, 1, 2, 2, 0, 1, 2])
    ],
}
GOOD = [words(record(n, strikes=[row(1), row(2)])) for n in (100, 200)]


@pytest.fixture(params=DECODERS)
def decoder(request: pytest.FixtureRequest) -> Callable[[], Decoder]:
    """Each of the two ways to take a block apart."""
    made: Callable[[], Decoder] = request.param
    return made


@pytest.mark.parametrize("name", LADDERS)
def test_irregular_ladder_is_judged_by_the_model(name: str, decoder: Callable[[], Decoder], tmp_path: Path):
    """Alone in a block, and among good records whose regular rows could hide it."""
    odd = words(record(1) | {"strikes": LADDERS[name]})

    for raws in ([odd], [GOOD[0], odd, GOOD[1]], [GOOD[0], odd, odd.replace(b'"spot"', b'"spot" '), GOOD[1]]):
        assert_same(read_bytes(tmp_path, array(raws), decoder=decoder), raws)


@pytest.mark.parametrize("name", RECORDS)
def test_brackets_elsewhere_do_not_count(name: str, decoder: Callable[[], Decoder], tmp_path: Path):
    """Texts, keys, extras and envelopes can neither hide nor lend a row."""
    raws = [GOOD[0], words(RECORDS[name]), GOOD[1]]

    for layout in (array, lines):
        assert_same(read_bytes(tmp_path, layout(raws), decoder=decoder), raws)


def test_two_records_that_make_up_for_each_other(decoder: Callable[[], Decoder], tmp_path: Path):
    """What one record lacks must not be filled by another in the same block."""
    lacking = words(record(1) | {"strikes": [FLAT]})
    lending = words(record(2, other=[[1, 2, 3, FIVE]]) | {"max_priors": [[1, 2, 3, FIVE]]})
    raws = [GOOD[0], lacking, lending, GOOD[1]]

    assert_same(read_bytes(tmp_path, array(raws), decoder=decoder), raws)


@pytest.mark.parametrize("name", GROUPS)
def test_rows_of_one_record_do_not_count_for_another(name: str, decoder: Callable[[], Decoder], tmp_path: Path):
    """Ladders with and without priors side by side, in the words of one layout and of several."""
    raws = [words(made) for made in GROUPS[name]]

    for group in (raws, [GOOD[0], *raws], [*raws, words(dict(reversed(record(300).items())))]):
        assert_same(read_bytes(tmp_path, array(group), decoder=decoder), group)


@pytest.mark.parametrize(
    "twice", [b'"spot":1,"spot":2', b'"x":1,"x":1', b'"x":{"a":1,"a":2}', b'"x":1,"\\u0078":2', b'"strikes":[],"x":1']
)
def test_field_that_is_named_twice(twice: bytes, decoder: Callable[[], Decoder], tmp_path: Path):
    """Parsers that keep the last one in silence must not have the word."""
    odd = words(record(1)).replace(b'"min_dte":0', b'"min_dte":0,' + twice)
    raws = [GOOD[0], odd, GOOD[1]]

    assert_same(read_bytes(tmp_path, array(raws), decoder=decoder), raws)


#: What may stand among records of one layout: as many fields, but not the same, or not the usual values.
BESIDE: dict[str, bytes] = {
    "other numbers of rows and pairs": words(record(1, strikes=[row(n) for n in range(1, 9)], max_priors=[[1, 2]] * 3)),
    "no pairs": words(record(1, max_priors=[])),
    "fields in another order": words(dict(reversed(record(1).items()))),
    "blanks": words(record(1)).replace(b",", b" , ").replace(b":", b" :\t"),
    "another ticker": words(record(1, ticker="ES_SPX")),
    "a ticker with brackets": words(record(1, ticker="[,]")),
    "a ticker of digits": words(record(1, ticker="1-2")),
    "one field under another name": words(record(1)).replace(b'"min_dte"', b'"max_dte"'),
    "one field twice, another not at all": words(record(1)).replace(b'"min_dte"', b'"sec_min_dte"'),
    "a name with an escape": words(record(1)).replace(b'"min_dte"', b'"min\\u005fdte"'),
    "a name that goes on after a NUL": words(record(1)).replace(b'"min_dte"', b'"min_dte\\u0000x"'),
    "text for a number": words(record(1, spot="1")),
    "true for a number": words(record(1, spot=True)),
    "true for days": words(record(1, min_dte=True)),
    "null for a number": words(record(1, net_gex=None)),
    "a timestamp in words": words(record(1, timestamp="2025-10-06T13:30:01Z")),
    "a fraction of days": words(record(1, min_dte=0.5)),
    "a large number": words(record(1)).replace(b'"min_dte":0', b'"min_dte":18446744073709551615'),
    "an exponent": words(record(1)).replace(b'"min_dte":0', b'"min_dte":-0').replace(b'"spot":', b'"spot":1e2,"x":'),
}


@pytest.mark.parametrize("name", BESIDE)
def test_record_of_another_kind_among_usual_ones(name: str, decoder: Callable[[], Decoder], tmp_path: Path):
    """Records are taken apart together by the fields of the first; each comes out as it would alone."""
    for raws in ([GOOD[0], BESIDE[name], GOOD[1]], [BESIDE[name], *GOOD]):
        for layout in (array, lines):
            assert_same(read_bytes(tmp_path, layout(raws), decoder=decoder), raws)


@pytest.mark.parametrize("name", ESCAPED)
def test_escapes_neither_hide_nor_lend_a_row(name: str, decoder: Callable[[], Decoder], tmp_path: Path):
    """Texts do not count where one has an escape, in the record itself and in others beside it."""
    odd = words(without(record(1), "strikes"))[:-1] + b"," + ESCAPED[name] + b"}"
    raws = [GOOD[0], odd, GOOD[1], words(record(300, note='a "quoted" [word')), odd]

    for layout in (array, lines):
        assert_same(read_bytes(tmp_path, layout(raws), decoder=decoder), raws)


def test_optional_field_that_holds_no_number(decoder: Callable[[], Decoder], tmp_path: Path):
    """It is kept as it is, beside good ones, in any number and order of such fields."""
    fields = ("min_dte", "sec_min_dte", "net_gex", "sum_gex_vol", "sum_gex_oi", "delta_risk_reversal", "major_pos_vol")
    values = (None, True, "1", [], [[1]], {"a": None}, {"a": 1, "b": {"c": "\\"}})
    odd = [record(n, **{name: value}) for n, (name, value) in enumerate(product(fields, values))]
    odd += [
        record(100 + n, min_dte=1.0, sec_min_dte=1.5, net_gex=None, **{name: None}) for n, name in enumerate(fields[3:])
    ]
    odd += [
        dict(reversed(record(200, net_gex=None, sum_gex_oi=None).items())),
        record(201, net_gex=1, sum_gex_vol=None),
    ]
    raws = [GOOD[0], *map(words, odd), GOOD[1]]

    for layout in (array, lines):
        assert_same(read_bytes(tmp_path, layout(raws), decoder=decoder), raws)


#: Records that keep the rules, and whose recorder writes optional fields in a way of its own.
WAYS: dict[str, dict[str, Any]] = {
    "no sums": without(record(), "sum_gex_vol", "sum_gex_oi"),
    "sums of null": record(sum_gex_vol=None, sum_gex_oi=None),
    "sums in words": record(sum_gex_vol="40.5", sum_gex_oi="-21.75"),
    "no largest changes": record(max_priors=None),
    "largest changes of three": record(max_priors=[[25187.21, 1.5, 60], [25197.21, -2, 300]]),
    "largest changes of objects": record(max_priors=[{"strike": 25187.21, "change": [1.5]}]),
    "largest changes with a gap": record(max_priors=[[25187.21, 1.5], [None, -2]]),
    "days with a point": record(min_dte=0.0, sec_min_dte=-0.0),
    "days and a half": record(min_dte=0.5, sec_min_dte=1),
    "all of it": without(record(max_priors=None, sec_min_dte=1.5, min_dte=3.0, net_gex=""), "sum_gex_vol"),
}


@pytest.mark.parametrize("name", WAYS)
def test_optional_fields_in_ways_of_their_own_are_taken_apart(
    name: str, decoder: Callable[[], Decoder], tmp_path: Path
):
    """None of such records needs the domain model, wherever it stands, and each comes out as the model would say."""
    odd = [words(WAYS[name] | {"timestamp": WAYS[name]["timestamp"] + n}) for n in range(3)]

    for raws in (odd, [GOOD[0], *odd, GOOD[1]]):
        decoded = decoder().decode(b",".join(raws))
        assert decoded is not None
        assert decoded.regular
        assert None not in decoded.records
        assert_same(read_bytes(tmp_path, array(raws), decoder=decoder), raws)


GAMMAS: dict[str, list[float]] = {
    "beyond doubles in one order": [1e308, 1e308, -1e308, -1e308],
    "beyond doubles in none": [1e308, -1e308, 1e308, -1e308],
    "beyond doubles": [1.7e308, 1.7e308],
    "large": [1e299, -1e299, 1.5],
    "small beside large": [1e16, 1.0, -1e16, 1e-9],
    "nothing": [-0.0, -0.0],
    "tenths": [0.1] * 10,
}


@pytest.mark.parametrize("name", GAMMAS)
def test_net_gex_is_added_up_as_the_model_does(name: str, decoder: Callable[[], Decoder], tmp_path: Path):
    """To the last bit, in the ladder's order of the file or another; what no double can hold is rejected."""
    made = without(record(), "sum_gex_vol")
    ladder = [row(100 + n, gamma) for n, gamma in enumerate(GAMMAS[name])]
    raws = [GOOD[0], *(words(made | {"strikes": rows}) for rows in (ladder, ladder[::-1])), GOOD[1]]

    for group in (raws, raws[1:3]):
        assert_same(read_bytes(tmp_path, array(group), decoder=decoder), group)
