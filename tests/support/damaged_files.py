"""Hypothesis strategies: files of history to which something has happened, anywhere, on disk or within a gzip."""

from __future__ import annotations

from hypothesis import strategies as st

from .records import zipped
from .strange_files import files

#: Pieces of JSON that change the structure around them.
_TOKENS = st.sampled_from(
    [
        *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b" ", b"\0", b"\xff", b"\xef\xbb\xbf"),
        *(b"]}", b"][", b"},{", b"}\n{", b'{"timestamp":', b'"timestamp"', b'{"records":[', b'"snapshots":[{'),
        *(b"null", b"1e999", b"-0", b'"data":{', b'"strikes":[[', b"\\u0022", b"[,,,[,,,,]]", b"\x1f\x8b"),
    ]
)
_MOST = 60


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Let one thing happen to some bytes."""
    at, other = (draw(st.integers(0, len(data))) for _ in range(2))
    size = draw(st.one_of(st.integers(0, _MOST), st.integers(0, len(data))))
    stretch = data[other : other + size]
    made: bytes = draw(
        st.one_of(
            st.just(data[:at] + data[at + size :]),
            st.just(data[:at] + stretch + data[at:]),
            st.just(data[:at] + stretch + data[at + len(stretch) :]),
            st.just(data[:at]),
            st.just(data[:at] + data[at : at + size] * 3 + data[at + size :]),
            _TOKENS.map(lambda token: data[:at] + token + data[at:]),
            _TOKENS.map(lambda token: data[:at] + token + data[at + len(token) :]),
            st.binary(min_size=1, max_size=4).map(lambda junk: data[:at] + junk + data[at + len(junk) :]),
        )
    )
    return made


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """Give what lies on disk of a file that was damaged once or more, before it was packed or after."""
    file = draw(files())
    data = file.data
    for _ in range(draw(st.integers(1, 3))):
        data = draw(damaged(data))
    if not file.packed:
        return data
    packed = zipped(data)
    if draw(st.booleans()):
        packed += zipped(draw(damaged(data)))
    return draw(damaged(packed)) if draw(st.integers(0, 3)) == 0 else packed
