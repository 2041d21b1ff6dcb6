"""Files that are no JSON, told by their first bytes, and what to do about each."""

from __future__ import annotations

import re

_UNPACK = "is {}, which is not read as it is; unpack it, and import what is in it"
_TURN = "is text in {}; turn it into UTF-8, and import it again"
ZIP = b"PK\x03\x04"
#: A tar archive says so behind the name of its first file, which may begin like JSON, and zeros, which JSON never has.
TAR, TAR_AT = b"ustar", 257
_KINDS = (
    (ZIP, _UNPACK.format("a zip archive")),
    (b"\x28\xb5\x2f\xfd", _UNPACK.format("packed with zstd")),
    (b"\xfd7zXZ\0", _UNPACK.format("packed with xz")),
    (b"BZh", _UNPACK.format("packed with bzip2")),
    (b"\x04\x22\x4d\x18", _UNPACK.format("packed with lz4")),
    (b"7z\xbc\xaf\x27\x1c", _UNPACK.format("a 7z archive")),
    (b"\x1f\x8b", _UNPACK.format("packed with gzip twice")),
    (b"PAR1", "is a Parquet file; gexlake imports JSON"),
    (b"\xff\xfe\0\0", _TURN.format("UTF-32")),
    (b"\0\0\xfe\xff", _TURN.format("UTF-32")),
    (b"\xff\xfe", _TURN.format("UTF-16")),
    (b"\xfe\xff", _TURN.format("UTF-16")),
)
#: JSON without a byte order mark: a bracket and another letter in the bytes of each, perhaps behind white space.
_UNMARKED = (
    (re.compile(rb"(?>(?:\0{3}\s)*)\0{3}[\[{]|[\[{]\0{3}[^\0]\0{3}"), _TURN.format("UTF-32")),
    (re.compile(rb"(?>(?:\0\s)*)\0[\[{]|[\[{]\0[^\0]\0"), _TURN.format("UTF-16")),
)


def refuse_kind(head: bytes) -> str:
    """Say what a file is that begins with these bytes, and the cure; empty if it is nothing known."""
    if head.startswith(TAR, TAR_AT) and b"\0" in head[:TAR_AT]:
        return _UNPACK.format("a tar archive")
    marked = (sentence for magic, sentence in _KINDS if head.startswith(magic))
    return next(marked, next((sentence for start, sentence in _UNMARKED if start.match(head)), ""))
