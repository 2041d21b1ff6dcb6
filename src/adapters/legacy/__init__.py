"""The legacy reader: a folder of JSON day files, in all the forms that recorders and exports left behind."""

#: The name of what is compiled, where it could be.
COMPILED = f"{__name__}.decoding._usual"
