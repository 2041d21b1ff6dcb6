"""Numbers as Thrift's compact protocol writes them, in which Parquet tells of what it holds."""

from __future__ import annotations

#: A pattern of any such number of 63 bits.
ANY = rb"[\x80-\xff]{0,8}[\x00-\x7f]"
_SEVEN_BITS = 0x7F


def unsigned(raw: bytes) -> int:
    """Read a number of seven bits a byte, the lowest first."""
    value = raw[-1]
    for byte in raw[-2::-1]:
        value = value << 7 | byte & _SEVEN_BITS
    return value


def number(raw: bytes) -> int:
    """Read a number that may be below zero, as Thrift writes it."""
    value = unsigned(raw)
    return value >> 1 ^ -(value & 1)


def written(value: int) -> bytes:
    """Write a number in seven bits a byte, the lowest first."""
    made = bytearray()
    while value > _SEVEN_BITS:
        made.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
