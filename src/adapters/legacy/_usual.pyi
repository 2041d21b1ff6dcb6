# Records of the usual kind, taken apart in one pass.
#
# ``records`` have commas between them. ``fields`` has the key of each, in its quotation marks, and what its value is:
# 0 for a number, 1 for a whole one, 2 for a whole one to keep as such, 3 for ``text``, 4 for a list of pairs, 5 for a
# ladder, 6 for one of rows without priors, 7 for one of rows whose priors are an empty list. ``text`` is in quotation
# marks; neither it nor a key may be one that has to be escaped.
#
# None if a record has not exactly these fields in this order. Else: the scalars, record by record, as doubles, those of
# kind 2 as integers of 64 bits; how many rows each record's ladder has, as such integers; the eight columns of all
# ladders one after the other, as doubles, not a number for priors that are not there; how many pairs each record has;
# the pairs, as doubles.
def take(
    records: bytes, fields: tuple[tuple[bytes, int], ...], text: bytes
) -> tuple[bytes, bytes, bytes, bytes, bytes] | None: ...
