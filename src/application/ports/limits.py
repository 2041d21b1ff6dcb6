"""How many rows a question to a store may be answered with."""

#: Without a limit: more than any lake holds of anything, and a number that every database can count to.
ALL = 2**31
