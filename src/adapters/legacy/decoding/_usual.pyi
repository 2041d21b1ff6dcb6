# Records of the usual kind, taken apart in one pass.
#
# ``text`` has records from ``start`` on, with a character ``between`` two of them, a comma or the end of a line (which
# may also stand within one, and behind the last one). ``fields`` has the key of each, in its quotation marks, and what
# its value is: 0 for a number, 1 for a whole one, 2 for a whole one to keep as such, 3 for ``ticker``, 4 for a list of
# pairs, 5 for a ladder, 6 for one of rows without priors, 7 for one of rows whose priors are an empty list. ``ticker``
# is in quotation marks; neither it nor a key may be one that has to be escaped. The rows of ladders are written to
# ``columns``, eight of equal length one after the other, from row ``used`` on: not a number for priors that are not
# there. ``SHORTEST_ROW`` is how many bytes of text a row takes at least.
#
# None if a record has not exactly these fields in this order, or if there is too little room. Else: the scalars, record
# by record, as doubles, those of kind 2 as integers of 64 bits; how many rows each record's ladder has, as such
# integers; how many pairs each record has; the pairs, as doubles.
from typing import Any

SHORTEST_ROW: int

def take(
    text: bytes,
    start: int,
    between: int,
    fields: tuple[tuple[bytes, int], ...],
    ticker: bytes,
    columns: Any,
    used: int,
) -> tuple[bytes, bytes, bytes, bytes] | None: ...
