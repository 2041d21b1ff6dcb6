"""What brackets come to is remembered part by part: that must change no answer, wherever records and parts begin."""

from random import Random

import pytest

from gexlake.adapters.legacy.cutting.brackets import Brackets
from gexlake.adapters.legacy.cutting.splitter import Work, object_end
from support.records import array, record, rows, words

TOKENS = [b"{", b"}", b"[", b"]", b'"', b"[[1,2],[3]]", b'"a"', b'{"a":[]}', b'{"timestamp":']


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("escape", [b"", b'"\\""'])
def test_end_of_a_record_is_the_same_when_parts_are_remembered(seed: int, escape: bytes):
    """As the window over a file moves on, each beginning of a record ends where it does without a memory."""
    random = Random(seed)  # noqa: S311  # the same damage each time
    whole = [words(record(n, strikes=rows(99))) for n in range(60)]
    for n in range(3, 60, 7):
        whole[n] = whole[n][: random.randrange(len(whole[n]))] + random.choice([b"", escape, *TOKENS])
    data = array(whole)
    remembered = Brackets()

    ends = set()
    for origin in (0, 10_000, 70_001):
        window = data[origin : origin + 200_000]
        remembered.place(window, origin)
        for start in [at for at in range(len(window)) if window.startswith(b'{"timestamp"', at)]:
            end = object_end(window, start, Work(brackets=remembered))
            assert end == object_end(window, start, Work()), (origin, start)
            ends.add(min(end, 1))

    assert {0, 1} <= ends


def test_every_record_without_an_end_is_told_from_those_around_it():
    """Ten in a row, each of which leaves brackets open, are all incomplete; the whole ones between them end."""
    raws = [words(record(n, strikes=rows(99))) for n in range(40)]
    data = array([raw[: len(raw) // 2] if n % 4 == 1 else raw for n, raw in enumerate(raws)])
    remembered = Brackets()
    remembered.place(data, 0)

    ends = [
        object_end(data, at, Work(brackets=remembered))
        for at in range(len(data))
        if data.startswith(b'{"timestamp"', at)
    ]

    assert [end > 0 for end in ends] == [n % 4 != 1 for n in range(40)]
    assert {ends[n] for n in range(1, 40, 4)} == {0}
