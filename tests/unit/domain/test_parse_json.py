"""Parsing the words of one record: strictly JSON, and every field named once."""

import pytest

from gexlake.domain.judge import parse_json
from gexlake.domain.rejects import RejectReason, RuleBroken

R = RejectReason


def broken(raw: bytes) -> tuple[RejectReason, str]:
    """Give why words are refused."""
    with pytest.raises(RuleBroken) as caught:
        parse_json(raw)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1}x',
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":1.}',
        b'{"a":"\n"}',
        b"\xef\xbb\xbf{}",
        b"{},",
    ],
)
def test_what_is_not_json(raw: bytes):
    """The sentence says so, in one line."""
    reason, detail = broken(raw)

    assert reason is R.NOT_JSON
    assert detail.startswith("is not JSON: ")
    assert detail.isprintable()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_only_python_takes_for_numbers(word: str):
    """NaN and Infinity are no JSON."""
    assert broken(f'{{"a":{word}}}'.encode()) == (R.NOT_JSON, f"is not JSON: {word} is no number there")


@pytest.mark.parametrize("raw", [b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\x80"}'])
def test_bytes_that_are_not_utf8(raw: bytes):
    """Bytes that are no text are no JSON."""
    assert broken(raw)[0] is R.NOT_JSON


@pytest.mark.parametrize("raw", [b'{"a":1,"a":1}', b'{"x":[{"a":1,"b":2,"a":3}]}', b'{"a":1,"\\u0061":2}'])
def test_field_that_is_named_twice(raw: bytes):
    """Which of the two counts is anyone's guess, at any depth and however it is written."""
    assert broken(raw) == (R.FIELD_TWICE, "names the field 'a' twice")


def test_same_name_in_two_objects_is_fine():
    """Twice means twice in one object."""
    assert parse_json(b'{"a":{"a":[{"a":1},{"a":2}]}}') == {"a": {"a": [{"a": 1}, {"a": 2}]}}


def test_nesting_beyond_all_sense():
    """A hundred thousand brackets are refused, and break nothing."""
    assert broken(b"[" * 100_000 + b"]" * 100_000) == (R.NOT_JSON, "is nested too deeply")


def test_number_of_thousands_of_digits():
    """Python refuses to read it; so does the rule."""
    assert broken(b"[" + b"1" * 5000 + b"]")[0] is R.NOT_JSON
